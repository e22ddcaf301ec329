import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags an invoice booked to a category and cost centre its vendor never had. */
export const rareCoding: Detector = {
  id: 'rare_coding',
  tests: [38],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is the invoice booked where this vendor never was?',
  definition:
    'Surprise −ln p(category | vendor) − ln p(cost centre | vendor), each smoothed by one half over what was known before: at least least_surprise, and both new to the vendor.',
  falsePositiveGuard:
    'New projects repeat their coding: only the first is reported. Vendors with few invoices or varied coding reach no surprise.',
  baseRate: 'None of 59,422 invoices of the demo company.',
  prior_rate: 0.03,
  source:
    'Conditional rarity of attributes, measured on city payments with planted anomalies; Schreyer et al. 2017.',
  parameters: {
    least_count: {
      default: 20,
      unit: 'invoices',
      meaning: 'Earlier invoices of the vendor before its habits are judged.',
      minimum: 1,
      maximum: 1000,
    },
    least_surprise: {
      default: 8,
      unit: 'nats',
      meaning: 'So surprising together.',
      minimum: 1,
      maximum: 40,
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
  find: (parameters) => findingStatement(new URL('./rare-coding.sql', import.meta.url), parameters),
};
