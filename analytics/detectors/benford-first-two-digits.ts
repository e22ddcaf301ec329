import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags vendors whose first two digits deviate from Benford’s law, with the digits that spike. */
export const benfordFirstTwoDigits: Detector = {
  id: 'benford_first_two_digits',
  tests: [31],
  kind: 'risk',
  subject: 'vendor',
  question: 'Do amounts of a vendor begin with the same two digits too often?',
  definition:
    'Mean absolute deviation of the shares of the ninety first two digits in the amounts of a closed year from log10(1 + 1/d): 0.0022 or more does not conform. The largest spike is named.',
  falsePositiveGuard:
    'Recurring amounts are left out and the amounts must span least_span: fixed fees and narrow ranges do not follow the law. Small years deviate by chance: the deviation must be twice what chance makes of so many amounts.',
  baseRate:
    'No vendors of the demo company; A utility’s 185,083 payments as a whole do not conform (first two digits: 0.0023).',
  prior_rate: 0.02,
  source: 'Nigrini, Benford’s Law (2012), first two digits test and its limits of conformity.',
  parameters: {
    least_count: {
      default: 300,
      unit: 'invoices',
      meaning: 'Amounts of the year before it is judged.',
      minimum: 300,
      maximum: 1000000,
    },
    most_deviation: {
      default: 0.0022,
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
    findingStatement(new URL('./benford-first-two-digits.sql', import.meta.url), parameters),
};
