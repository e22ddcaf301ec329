import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags requests that would be the first to pay an account which was changed shortly before and never confirmed. */
export const bankAccountChangeBeforePayment: Detector = {
  id: 'bank_account_change_before_payment',
  tests: [12],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Was the vendor’s bank account changed shortly before this payment?',
  definition:
    'The account replaced another one at most window_days before the request, was not confirmed through a known ' +
    'contact by then, and has not been paid before. The score rises the fresher the change is, when it was asked for ' +
    'by e-mail or phone, and when the person who saved it also asked for or entered the payment.',
  falsePositiveGuard:
    'First accounts, mass migrations and changes confirmed by call-back before the request are left out; ' +
    'an account that was paid before has proven itself.',
  baseRate: '25 of 56,924 requests of the demo company, 20 of them planted.',
  prior_rate: 0.5,
  source: 'SAP Business Integrity Screening, “Vendor bank data changed before payment”.',
  parameters: {
    window_days: {
      default: 30,
      unit: 'days',
      meaning: 'A change older than this at the time of the request is not counted.',
      minimum: 1,
      maximum: 365,
    },
    proven_payments_count: {
      default: 1,
      unit: 'payments',
      meaning: 'From this many earlier payments on the account counts as proven.',
      minimum: 1,
      maximum: 20,
    },
  },
  reads: { payment_flow: 'payment_request_key' },
  find: (parameters) =>
    findingStatement(
      new URL('./bank-account-change-before-payment.sql', import.meta.url),
      parameters,
    ),
};
