import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a jump in what a vendor charges for the same thing at a price that hardly moved. */
export const priceSpike: Detector = {
  id: 'price_spike',
  tests: [37],
  kind: 'risk',
  subject: 'invoice',
  question: 'Did a price that hardly moved jump?',
  definition:
    'Vendor, category and currency whose last twelve invoices lie within most_spread of their median form a price; this invoice is at least spike_rate above the median.',
  falsePositiveGuard:
    'Vendors whose amounts vary have no price to jump, and an order of the amount explains it.',
  baseRate: 'None of 59,422 invoices of the demo company.',
  prior_rate: 0.08,
  source: 'AppZen, price spike; trailing twelve invoices.',
  parameters: {
    spike_rate: {
      default: 0.15,
      unit: 'share',
      meaning: 'From this rise above the usual price.',
      minimum: 0.02,
      maximum: 10,
    },
    most_spread: {
      default: 0.1,
      unit: 'share',
      meaning: 'Wider quartiles than this share of the median are no price.',
      minimum: 0.005,
      maximum: 1,
    },
    least_count: {
      default: 8,
      unit: 'invoices',
      meaning: 'Invoices of the vendor and category before a price is known.',
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
  find: (parameters) => findingStatement(new URL('./price-spike.sql', import.meta.url), parameters),
};
