import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a one-time vendor that is in the master as a regular one. */
export const oneTimeIsRegular: Detector = {
  id: 'one_time_is_regular',
  tests: [16],
  kind: 'risk',
  subject: 'vendor',
  question: 'Is a regular vendor paid as a one-time one?',
  definition:
    'A vendor marked one-time whose name (legal form stripped, look-alike letters made equal) is that of a regular vendor of the same country, made earlier.',
  falsePositiveGuard:
    'Short names coincide; several persons have one name: names of fewer than least_length letters are left out.',
  baseRate: 'No vendors of the demo company.',
  prior_rate: 0.08,
  source: 'SAP Fraud Management, one-time account used for a regular vendor.',
  parameters: {
    least_length: {
      default: 6,
      unit: 'characters',
      meaning: 'Shorter names coincide.',
      minimum: 2,
      maximum: 40,
    },
  },
  reads: { vendor_name_block: 'block' },
  find: (parameters) =>
    findingStatement(new URL('./one-time-is-regular.sql', import.meta.url), parameters),
};
