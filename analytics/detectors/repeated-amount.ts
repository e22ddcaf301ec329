import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags the invoice with which an amount has come from a vendor unusually often. */
export const repeatedAmount: Detector = {
  id: 'repeated_amount',
  tests: [33],
  kind: 'risk',
  subject: 'invoice',
  question: 'Does one amount come from this vendor again and again?',
  definition:
    'The amount comes from the vendor for the repeat_count-th time (and each multiple), not in regular steps, while it is at most most_rate of the vendor’s invoices.',
  falsePositiveGuard:
    'Amounts in regular steps are recurring payments; an amount that makes up much of the vendor’s invoices is its price.',
  baseRate: 'None of 59,422 invoices of the demo company.',
  prior_rate: 0.03,
  source: 'Nigrini, number duplication test.',
  parameters: {
    repeat_count: {
      default: 10,
      unit: 'invoices',
      meaning: 'So many invoices of one amount are reported.',
      minimum: 3,
      maximum: 1000,
    },
    most_rate: {
      default: 0.2,
      unit: 'share',
      meaning: 'An amount of a larger share of the vendor’s invoices is its price.',
      minimum: 0.01,
      maximum: 1,
    },
    minimum_amount: {
      default: 500,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { standing_invoice: 'vendor_key' },
  knownFrom: { standing_invoice: 'known_at' },
  find: (parameters) =>
    findingStatement(new URL('./repeated-amount.sql', import.meta.url), parameters),
};
