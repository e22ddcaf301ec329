import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a charge of the payment platform that repeats a payment. */
export const platformRepeatsPayment: Detector = {
  id: 'platform_repeats_payment',
  tests: [7],
  kind: 'risk',
  subject: 'payment',
  question: 'Did the payment platform charge once more what was paid?',
  definition:
    'A line of the platform that no payment explains, of company, amount and currency of a payment by the platform or a transfer up to window_days before; the same reference twice counts most.',
  falsePositiveGuard:
    'Lines with a payment of their own are none; frequent amounts coincide and are left out; without the same reference only odd amounts count.',
  baseRate: 'No payments of the demo company.',
  prior_rate: 0.35,
  source: 'AppZen, invoice and expense crossover; reconciliation of books, bank and platform.',
  parameters: {
    window_days: {
      default: 30,
      unit: 'days',
      meaning: 'Movements further apart than this are not compared.',
      minimum: 1,
      maximum: 180,
    },
    minimum_amount: {
      default: 100,
      unit: 'currency of the payment',
      meaning: 'Smaller amounts coincide and are not compared.',
      minimum: 0,
      maximum: 100000,
    },
    most_count: {
      default: 20,
      unit: 'movements',
      meaning: 'An amount that has moved more often before coincides.',
      minimum: 1,
      maximum: 1000,
    },
  },
  reads: { payment_movement: 'amount' },
  find: (parameters) =>
    findingStatement(new URL('./platform-repeats-payment.sql', import.meta.url), parameters),
};
