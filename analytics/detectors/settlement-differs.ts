import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payments for which the bank or the platform moved another amount than was sent. */
export const settlementDiffers: Detector = {
  id: 'settlement_differs',
  tests: [55],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Did the bank move another amount than we sent?',
  definition:
    'Settled amount (platform report or matched bank line) against the executed amount in the same currency, beyond tolerance_rate and tolerance_amount. Score 0.8 plus up to 0.19 with the size of the difference.',
  falsePositiveGuard:
    'A difference equal to the fee, and settlements in another currency, which no tolerance can judge, are left out.',
  baseRate: 'Below 0.1 % of settled payments.',
  prior_rate: 0.7,
  source: 'Adyen and Stripe settlement reconciliation guides; difference beyond 0.5 %.',
  parameters: {
    tolerance_rate: {
      default: 0.005,
      unit: 'fraction',
      meaning: 'Difference that is forgiven.',
      minimum: 0,
      maximum: 0.1,
    },
    tolerance_amount: {
      default: 1,
      unit: 'payment currency',
      meaning: 'Difference that is forgiven.',
      minimum: 0,
      maximum: 1000,
    },
  },
  reads: { payment_flow: 'payment_request_key' },
  find: (parameters) =>
    findingStatement(new URL('./settlement-differs.sql', import.meta.url), parameters),
};
