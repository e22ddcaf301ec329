import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags early-payment discounts that were offered, worth taking and lost. */
export const missedDiscount: Detector = {
  id: 'missed_discount',
  tests: [47],
  kind: 'saving',
  subject: 'invoice',
  question: 'Was an early-payment discount lost?',
  definition:
    'A discount was offered, its last day passed, and it was not taken. Annual rate of skipping = d/(1-d) x 365/(payment day - last discount day). Reported when that rate is above hurdle_rate. At stake: the discount less the cost of paying that much earlier at hurdle_rate.',
  falsePositiveGuard:
    'Offers below the hurdle, credits, and invoices that arrived after the last discount day are left out: they could not be taken.',
  baseRate: '618 of 59,422 invoices of the demo company.',
  prior_rate: 0.9,
  source:
    'Cost of not taking 2/10 net 30: 37.24 % a year (365 days); standard trade-credit mathematics.',
  parameters: {
    least_saving: {
      default: 10,
      unit: 'group currency',
      meaning: 'Smaller savings are not reported.',
      minimum: 0,
      maximum: 10000,
    },
    hurdle_rate: {
      default: 0.08,
      unit: 'fraction a year',
      meaning: 'What a day earlier costs: the credit line.',
      minimum: 0,
      maximum: 1,
    },
  },
  reads: { invoice_flow: 'invoice_key' },
  find: (parameters) =>
    findingStatement(new URL('./missed-discount.sql', import.meta.url), parameters),
};
