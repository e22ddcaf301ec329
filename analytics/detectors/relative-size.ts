import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags an invoice many times as large as the largest before. */
export const relativeSize: Detector = {
  id: 'relative_size',
  tests: [34],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is this invoice many times as large as any before of its vendor?',
  definition:
    'Relative size factor: amount divided by the largest earlier amount of the vendor in the currency, at least least_factor.',
  falsePositiveGuard:
    'A first project comes with an order of that size; vendors with few invoices are not judged.',
  baseRate:
    '6 of 59,422 invoices of the demo company; 253 of 6,468 vendors with two payments or more reach a factor of 10 (corporate.payment, 2010).',
  prior_rate: 0.08,
  source: 'Nigrini, relative size factor test.',
  parameters: {
    least_factor: {
      default: 10,
      unit: 'factor',
      meaning: 'From this multiple of the largest before.',
      minimum: 2,
      maximum: 1000,
    },
    least_count: {
      default: 5,
      unit: 'invoices',
      meaning: 'Earlier invoices of the vendor before its habits are judged.',
      minimum: 1,
      maximum: 1000,
    },
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { standing_invoice: 'vendor_key' },
  knownFrom: { standing_invoice: 'known_at' },
  find: (parameters) =>
    findingStatement(new URL('./relative-size.sql', import.meta.url), parameters),
};
