import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a new vendor whose name is nearly that of an established one. */
export const lookalikeVendor: Detector = {
  id: 'lookalike_vendor',
  tests: [15],
  kind: 'risk',
  subject: 'vendor',
  question: 'Is a new vendor made to look like one we know?',
  definition:
    'A vendor made at least established_days after another one was first asked to be paid, with a name one character away ' +
    '(left out, added, replaced or swapped) without accents, punctuation and legal form, look-alike letters made equal. ' +
    'Score 0.6 plus 0.2 when even the full names differ by at most two characters, plus Jaro-Winkler similarity above 0.9, ' +
    'plus 0.1 for the same category.',
  falsePositiveGuard:
    'The same tax number or e-mail domain means a second account of the same vendor, names that differ by a number are ' +
    'sister companies, and Chinese names that differ in one character differ in a word.',
  baseRate: '13 of 8,258 vendors of the demo company, 10 of them planted.',
  prior_rate: 0.5,
  source: 'SAP Business Integrity Screening, “Vendor name similar to a high-turnover vendor”.',
  parameters: {
    least_score: {
      default: 0.7,
      unit: 'score',
      meaning: 'Lowest score that is reported.',
      minimum: 0,
      maximum: 1,
    },
    established_days: {
      default: 60,
      unit: 'days',
      meaning: 'Time since its first payment after which a vendor is established.',
      minimum: 1,
      maximum: 1000,
    },
    least_length: {
      default: 6,
      unit: 'characters',
      meaning: 'Shorter names are alike by chance.',
      minimum: 3,
      maximum: 40,
    },
  },
  // Two pairs of a vendor can lie in different blocks and the closer one counts: no division is safe.
  reads: {},
  wholly: ['vendor_name_block'],
  find: (parameters) =>
    findingStatement(new URL('./lookalike-vendor.sql', import.meta.url), parameters),
};
