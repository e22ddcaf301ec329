import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payments to an account that stood in the vendor master only for a short time between two periods of the same other account. */
export const bankAccountFlipFlop: Detector = {
  id: 'bank_account_flip_flop',
  tests: [13],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Was the bank account changed, paid, and changed back?',
  definition:
    'The vendor’s account went from A to B and back to A within window_days, and a request to pay B was made in between. Score 0.9, higher when B was never confirmed, lower the longer B stood.',
  falsePositiveGuard:
    'A typing error corrected without any payment in between is not reported, nor is an account confirmed by call-back.',
  baseRate: '10 of 56,924 requests of the demo company, all planted.',
  prior_rate: 0.6,
  source:
    'SAP Business Integrity Screening, “Bank data flip-flop” (a to b and back within N days, risk is the sum paid between).',
  parameters: {
    window_days: {
      default: 45,
      unit: 'days',
      meaning: 'Longest time the account in between stood.',
      minimum: 1,
      maximum: 365,
    },
  },
  reads: { vendor_account: 'vendor_key', payment_flow: 'vendor_key' },
  find: (parameters) =>
    findingStatement(new URL('./bank-account-flip-flop.sql', import.meta.url), parameters),
};
