import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a price that grows invoice by invoice. */
export const priceCreep: Detector = {
  id: 'price_creep',
  tests: [37],
  kind: 'risk',
  subject: 'invoice',
  question: 'Does a price grow with every invoice?',
  definition:
    'Theil–Sen slope (median of the slopes of all pairs) of the logarithm of the last eight invoices of vendor, category and currency: at least creep_rate a month, with every step upwards or level and no gap of more than 20 % between two.',
  falsePositiveGuard:
    'Amounts that vary up and down, single jumps and rises within one month do not count.',
  baseRate: 'None of 59,422 invoices of the demo company.',
  prior_rate: 0.05,
  source: 'AppZen, slow price creep; Theil–Sen estimator (Sen 1968).',
  parameters: {
    creep_rate: {
      default: 0.01,
      unit: 'share a month',
      meaning: 'From this rise a month.',
      minimum: 0.001,
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
  find: (parameters) => findingStatement(new URL('./price-creep.sql', import.meta.url), parameters),
};
