import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags orders written after the invoice they should have come before. */
export const orderAfterInvoice: Detector = {
  id: 'order_after_invoice',
  tests: [45],
  kind: 'risk',
  subject: 'invoice',
  question: 'Was the order written after the invoice?',
  definition: 'The order was made at least late_days after the date of its invoice.',
  falsePositiveGuard:
    'Vendors with standing orders renewed later are judged by their own share: at most most_rate of those before.',
  baseRate: 'None of 59,422 invoices of the demo company.',
  prior_rate: 0.05,
  source: 'ACFE anti-fraud data analytics tests, purchase order after invoice.',
  parameters: {
    late_days: {
      default: 1,
      unit: 'days',
      meaning: 'Made so long after the invoice.',
      minimum: 0,
      maximum: 365,
    },
    most_rate: {
      default: 0.05,
      unit: 'share',
      meaning: 'Vendors with a larger share of late orders are not judged.',
      minimum: 0,
      maximum: 1,
    },
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { standing_invoice: 'vendor_key', purchase_order: 'vendor_key' },
  find: (parameters) =>
    findingStatement(new URL('./order-after-invoice.sql', import.meta.url), parameters),
};
