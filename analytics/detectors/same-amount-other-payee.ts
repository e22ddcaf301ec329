import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags two payees asked to be paid one odd amount on one day. */
export const sameAmountOtherPayee: Detector = {
  id: 'same_amount_other_payee',
  tests: [6],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Are two payees to get the same odd amount on one day?',
  definition:
    'Same company, currency and amount asked for on the same day for another vendor. Score higher for the same account and the same invoice number.',
  falsePositiveGuard:
    'Round amounts coincide, and so do amounts asked for often: both are left out unless account or invoice number agree. Wages and grants are no payment requests.',
  baseRate: '1 of 56,924 requests of the demo company.',
  prior_rate: 0.04,
  source: 'ACFE anti-fraud data analytics tests, same amount and date with different payees.',
  parameters: {
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
    round_amount: {
      default: 10,
      unit: 'currency of the request',
      meaning: 'Multiples of this coincide.',
      minimum: 1,
      maximum: 1000,
    },
    most_count: {
      default: 3,
      unit: 'requests',
      meaning: 'An amount asked for more often before than this coincides.',
      minimum: 0,
      maximum: 1000,
    },
  },
  reads: { payment_flow: 'amount' },
  find: (parameters) =>
    findingStatement(new URL('./same-amount-other-payee.sql', import.meta.url), parameters),
};
