import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a new vendor whose name is nearly that of an established one. */
export const lookalikeVendor: Detector = {
  id: 'lookalike_vendor',
  kind: 'risk',
  subject: 'vendor',
  question: 'Is a new vendor made to look like one we know?',
  definition:
    'A vendor made at least established_days after another one was first paid, with a name that differs by one or two characters after removing accents and punctuation. Score by Jaro-Winkler similarity, higher for the same category and a different bank country, lower for the same tax number.',
  falsePositiveGuard:
    'The same tax number or e-mail domain means a second account of the same vendor, and names that differ by a number, a place or a legal form are sister companies.',
  baseRate: 'A handful among ten thousand vendors.',
  prior_rate: 0.5,
  source: 'SAP Business Integrity Screening, “Vendor name similar to a high-turnover vendor”.',
  parameters: {
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
  reads: { vendor_name_block: 'block' },
  find: (parameters) =>
    findingStatement(new URL('./lookalike-vendor.sql', import.meta.url), parameters),
};
