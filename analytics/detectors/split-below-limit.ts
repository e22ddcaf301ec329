import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags requests that together reach an approval limit which each of them stays under. */
export const splitBelowLimit: Detector = {
  id: 'split_below_limit',
  tests: [22],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Was one purchase split so that each part stays below an approval limit?',
  definition:
    'At least two requests of the same person for the same vendor within window_days, each at least least_part_rate of the limit and below it, together at or above it. The limit is the smallest of the company above the part. Score: one minus the Poisson probability of so many requests in such a window at this vendor’s earlier rate.',
  falsePositiveGuard:
    'Vendors who bill often (meters, freight) make such sums by nature: their own earlier rate makes the count likely and the score low. Parts that each have a purchase order of their own are purchases of their own.',
  baseRate: '55 of 56,924 requests of the demo company, 30 of them planted.',
  prior_rate: 0.35,
  source:
    'SAP Business Integrity Screening, “Split invoices” (singles below THRESHOLD_SINGLE, sum above THRESHOLD_SUM); Coupa Spend Guard.',
  parameters: {
    window_days: {
      default: 7,
      unit: 'days',
      meaning: 'Requests within so many days count together.',
      minimum: 1,
      maximum: 60,
    },
    least_part_rate: {
      default: 0.35,
      unit: 'fraction of the limit',
      meaning: 'Smaller requests are no parts.',
      minimum: 0.05,
      maximum: 0.95,
    },
    least_score: {
      default: 0.9,
      unit: 'probability',
      meaning: 'Lowest score that is reported.',
      minimum: 0.5,
      maximum: 1,
    },
  },
  reads: { payment_flow: 'vendor_key', invoice_flow: 'vendor_key' },
  wholly: ['employee'],
  only: { invoice_flow: 'purchase_order_key is not null' },
  knownFrom: { payment_flow: 'requested_at' },
  find: (parameters) =>
    findingStatement(new URL('./split-below-limit.sql', import.meta.url), parameters),
};
