import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags the invoice with which more is billed than was ordered. */
export const orderExceeded: Detector = {
  id: 'order_exceeded',
  tests: [46],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is more billed than was ordered?',
  definition:
    'Invoices of the order so far, less those taken back, exceed its amount by more than tolerance_rate and tolerance_amount. Compared in one currency.',
  falsePositiveGuard:
    'Invoices taken back are netted; both tolerances must be exceeded; orders without an amount are not judged. Quantities are not in the records.',
  baseRate: 'None of 59,422 invoices of the demo company.',
  prior_rate: 0.1,
  source: 'Three-way match tolerance (5 %, 100).',
  parameters: {
    tolerance_rate: {
      default: 0.05,
      unit: 'share',
      meaning: 'Rise above the ordered amount that is allowed.',
      minimum: 0,
      maximum: 1,
    },
    tolerance_amount: {
      default: 100,
      unit: 'currency of the order',
      meaning: 'Amount above the order that is allowed.',
      minimum: 0,
      maximum: 100000,
    },
  },
  reads: { standing_invoice: 'purchase_order_key', purchase_order: 'purchase_order_key' },
  find: (parameters) =>
    findingStatement(new URL('./order-exceeded.sql', import.meta.url), parameters),
};
