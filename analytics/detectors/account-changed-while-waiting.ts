import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payment requests whose vendor got another bank account before they were paid. */
export const accountChangedWhileWaiting: Detector = {
  id: 'account_changed_while_waiting',
  kind: 'risk',
  subject: 'payment_request',
  question: 'Did the vendor get another bank account while this payment waited?',
  definition:
    'An unconfirmed change of the vendor’s account after the request and before its payment, within window_days: where the account is taken from the master at the moment of payment, what was approved goes elsewhere. Score 0.88 when the requester made the change, else 0.8.',
  falsePositiveGuard: 'Confirmed changes and migrations do not count, nor requests that ended.',
  baseRate: '11 of 56,774 requests of the demo company had such a change while they waited.',
  prior_rate: 0.15,
  source:
    'AFP Payments Fraud and Control Survey (account change fraud); FBI IC3 on business e-mail compromise.',
  parameters: {
    window_days: {
      default: 60,
      unit: 'days',
      meaning: 'A change that came later after the request is not its concern.',
      minimum: 1,
      maximum: 365,
    },
  },
  reads: { payment_flow: 'vendor_key', vendor_account: 'vendor_key' },
  knownFrom: { payment_flow: 'requested_at', vendor_account: 'valid_from' },
  find: (parameters) =>
    findingStatement(new URL('./account-changed-while-waiting.sql', import.meta.url), parameters),
};
