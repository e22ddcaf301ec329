import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a vendor made with the tax number of another. */
export const vendorSharesTaxId: Detector = {
  id: 'vendor_shares_tax_id',
  tests: [9],
  kind: 'risk',
  subject: 'vendor',
  question: 'Is this vendor in the master already, with the same tax number?',
  definition:
    'Same tax number as a vendor made earlier, and payments asked for. Score higher for alike names, which are one vendor twice in the master.',
  falsePositiveGuard:
    'Members of a tax group share the number on purpose: such pairs keep a low score unless names are alike too. Placeholders used by many vendors are left out.',
  baseRate: '22 vendors of the demo company.',
  prior_rate: 0.08,
  source: 'Automated Auditors; Oversight, duplicate vendors.',
  parameters: {
    alike_similarity: {
      default: 0.92,
      unit: 'similarity',
      meaning: 'From this Jaro-Winkler similarity names count as alike.',
      minimum: 0.5,
      maximum: 1,
    },
    most_count: {
      default: 5,
      unit: 'vendors',
      meaning: 'A number used by more vendors is a placeholder.',
      minimum: 2,
      maximum: 100,
    },
    least_length: {
      default: 6,
      unit: 'characters',
      meaning: 'Shorter numbers are placeholders.',
      minimum: 1,
      maximum: 30,
    },
  },
  reads: { vendor_name_block: 'tax_id' },
  find: (parameters) =>
    findingStatement(new URL('./vendor-shares-tax-id.sql', import.meta.url), parameters),
};
