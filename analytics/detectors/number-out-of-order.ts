import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags an invoice whose number is lower than that of one dated well before it. */
export const numberOutOfOrder: Detector = {
  id: 'number_out_of_order',
  tests: [44],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is the number too low for the date?',
  definition:
    'Lower running number than the highest known so far of the same series (text before the digits, number of digits), though dated at least late_days after it.',
  falsePositiveGuard:
    'Vendors whose series are not in order are judged by their own share: at most most_rate of at least least_count before.',
  baseRate: '2 of 59,422 invoices of the demo company.',
  prior_rate: 0.04,
  source: 'MindBridge, invoice out of order; Oversight, out-of-sequence invoices.',
  parameters: {
    late_days: {
      default: 30,
      unit: 'days',
      meaning: 'Dated so long after the higher number.',
      minimum: 1,
      maximum: 365,
    },
    least_count: {
      default: 20,
      unit: 'invoices',
      meaning: 'Earlier invoices of the series before it is judged.',
      minimum: 1,
      maximum: 1000,
    },
    most_rate: {
      default: 0.03,
      unit: 'share',
      meaning: 'Series with a larger share out of order are not judged.',
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
  reads: { standing_invoice: 'vendor_key' },
  knownFrom: { standing_invoice: 'known_at' },
  find: (parameters) =>
    findingStatement(new URL('./number-out-of-order.sql', import.meta.url), parameters),
};
