import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a payee paid the same amount by two kinds of channel. */
export const paidByTwoChannels: Detector = {
  id: 'paid_by_two_channels',
  tests: [7],
  kind: 'risk',
  subject: 'payment',
  question: 'Was a payee paid once by card and once by transfer?',
  definition:
    'Two payments of the books of one amount and currency within window_days, one by card or cash and the other by transfer or platform, to one payee: same vendor, account or alike name (Jaro-Winkler).',
  falsePositiveGuard:
    'Amounts that move often coincide and are left out; so are pairs of one kind of channel, which the tests of invoices see.',
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
    findingStatement(new URL('./paid-by-two-channels.sql', import.meta.url), parameters),
};
