import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags vendors whose last two digits prefer some that are no price points. */
export const lastDigits: Detector = {
  id: 'last_digits',
  tests: [29],
  kind: 'risk',
  subject: 'vendor',
  question: 'Do amounts of a vendor end in the same digits too often?',
  definition:
    'Chi-square of the last two digits (cents) of the different amounts in a year of 300 or more, against equal shares of the 90 endings that are no price points; z of the chi-square at least least_z. Names the most frequent ending.',
  falsePositiveGuard:
    'Price points (00, 25, 50, 75, 80, 90, 95, 98, 99, 49) are left out, as are recurring amounts and vendors who bill whole units.',
  baseRate: 'No vendors of the demo company.',
  prior_rate: 0.02,
  source: 'MindBridge, last digits; ezrstats.com, last two digits.',
  parameters: {
    least_count: {
      default: 300,
      unit: 'invoices',
      meaning: 'Amounts of the year with such endings before it is judged.',
      minimum: 100,
      maximum: 1000000,
    },
    least_z: {
      default: 6,
      unit: 'standard deviations',
      meaning: 'Chi-square so far above its mean.',
      minimum: 2,
      maximum: 100,
    },
  },
  reads: { standing_invoice: 'vendor_key' },
  knownFrom: { standing_invoice: 'known_at' },
  find: (parameters) => findingStatement(new URL('./last-digits.sql', import.meta.url), parameters),
};
