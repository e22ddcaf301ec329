import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags an invoice without an order where the vendor’s invoices for this have one. */
export const noPurchaseOrder: Detector = {
  id: 'no_purchase_order',
  tests: [45],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is an order missing that this vendor’s invoices always have?',
  definition:
    'No order, while at least usual_rate of at least least_count earlier invoices of vendor and category had one.',
  falsePositiveGuard:
    'Categories and vendors that go without orders (rent, energy, insurance) are not judged.',
  baseRate: '33 of 59,422 invoices of the demo company.',
  prior_rate: 0.06,
  source: 'ACFE anti-fraud data analytics tests, purchases without purchase orders.',
  parameters: {
    usual_rate: {
      default: 0.98,
      unit: 'share',
      meaning: 'From this share of earlier invoices with an order.',
      minimum: 0.5,
      maximum: 1,
    },
    least_count: {
      default: 20,
      unit: 'invoices',
      meaning: 'Earlier invoices of vendor and category before the habit is known.',
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
    findingStatement(new URL('./no-purchase-order.sql', import.meta.url), parameters),
};
