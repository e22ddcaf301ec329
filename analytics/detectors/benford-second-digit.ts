import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags vendors whose second digits deviate from Benford’s law. */
export const benfordSecondDigit: Detector = {
  id: 'benford_second_digit',
  tests: [32],
  kind: 'risk',
  subject: 'vendor',
  question: 'Do the second digits of a vendor’s amounts look invented?',
  definition:
    'Mean absolute deviation of the shares of the ten second digits in the amounts of a closed year from Benford’s expectation: 0.012 or more does not conform.',
  falsePositiveGuard:
    'Recurring amounts are left out and the amounts must span least_span: fixed fees and narrow ranges do not follow the law. Small years deviate by chance: the deviation must be twice what chance makes of so many amounts.',
  baseRate:
    'No vendors of the demo company; A utility’s 185,083 payments as a whole do not conform (first two digits: 0.0023).',
  prior_rate: 0.02,
  source: 'Nigrini, Benford’s Law (2012), second digit test and its limits of conformity.',
  parameters: {
    least_count: {
      default: 300,
      unit: 'invoices',
      meaning: 'Amounts of the year before it is judged.',
      minimum: 300,
      maximum: 1000000,
    },
    most_deviation: {
      default: 0.012,
      unit: 'mean absolute deviation',
      meaning: 'From this deviation the digits do not conform.',
      minimum: 0.0001,
      maximum: 0.1,
    },
    least_span: {
      default: 100,
      unit: 'factor',
      meaning: 'Largest amount of the year divided by the smallest.',
      minimum: 1,
      maximum: 1000000,
    },
  },
  reads: { vendor_digit: 'vendor_key' },
  find: (parameters) =>
    findingStatement(new URL('./benford-second-digit.sql', import.meta.url), parameters),
};
