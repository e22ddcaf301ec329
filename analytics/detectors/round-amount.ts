import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a round amount of a vendor that hardly ever bills round amounts. */
export const roundAmount: Detector = {
  id: 'round_amount',
  tests: [28],
  kind: 'risk',
  subject: 'invoice',
  question: 'Does a vendor with odd amounts suddenly bill a round one?',
  definition:
    'The amount is a multiple of round_amount and the vendor’s earlier share of such amounts, shrunken to 0.3 %, is at most most_rate. Score: one minus five times that share.',
  falsePositiveGuard:
    'Retainers, deposits and flat fees make round amounts a habit: only vendors with enough other amounts are judged. An order explains the amount.',
  baseRate:
    '14 of 59,422 invoices of the demo company; 0.29 % of 189,470 real payments are multiples of 1,000, 2.3 % of 100.',
  prior_rate: 0.04,
  source: 'MindBridge; base rates measured on corporate.payment (2010).',
  parameters: {
    round_amount: {
      default: 1000,
      unit: 'currency of the invoice',
      meaning: 'Multiples of this are round.',
      minimum: 10,
      maximum: 1000000,
    },
    least_count: {
      default: 20,
      unit: 'invoices',
      meaning: 'Earlier invoices of the vendor before its habits are judged.',
      minimum: 1,
      maximum: 1000,
    },
    most_rate: {
      default: 0.02,
      unit: 'share',
      meaning: 'Vendors with a larger share of round amounts are not judged.',
      minimum: 0.001,
      maximum: 0.5,
    },
    minimum_amount: {
      default: 2000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { standing_invoice: 'vendor_key' },
  knownFrom: { standing_invoice: 'known_at' },
  find: (parameters) =>
    findingStatement(new URL('./round-amount.sql', import.meta.url), parameters),
};
