import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags money that left the bank a second time without a payment in the books. */
export const bankLineRepeatsPayment: Detector = {
  id: 'bank_line_repeats_payment',
  tests: [7],
  kind: 'risk',
  subject: 'payment',
  question: 'Did the bank pay once more what the books paid once?',
  definition:
    'A debit of the bank that no payment explains, of amount and currency of a payment of the books up to window_days before, to the same account or an alike name.',
  falsePositiveGuard:
    'Lines matched to a payment are none; frequent amounts coincide and are left out; without account and name on the line nothing is said.',
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
    alike_similarity: {
      default: 0.88,
      unit: 'similarity',
      meaning: 'From this Jaro-Winkler similarity names count as one payee.',
      minimum: 0.5,
      maximum: 1,
    },
  },
  reads: { payment_movement: 'amount' },
  find: (parameters) =>
    findingStatement(new URL('./bank-line-repeats-payment.sql', import.meta.url), parameters),
};
