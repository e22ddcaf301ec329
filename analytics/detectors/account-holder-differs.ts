import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags the first payment to an account held by somebody else than the vendor. */
export const accountHolderDiffers: Detector = {
  id: 'account_holder_differs',
  tests: [54],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Does the account belong to somebody else than the vendor?',
  definition:
    'Similarity (Jaro-Winkler of letters and digits, legal forms stripped, neither name within the other) of account holder and vendor name below alike_similarity, at the first request to that account.',
  falsePositiveGuard:
    'Trading names: a holder that contains the vendor’s name or is contained in it, and one named at an earlier account, do not count. Names in different scripts cannot be compared and are left out.',
  baseRate: 'None of 56,924 requests of the demo company.',
  prior_rate: 0.15,
  source: 'Confirmation of payee.',
  parameters: {
    alike_similarity: {
      default: 0.8,
      unit: 'similarity',
      meaning: 'Below this the names differ.',
      minimum: 0.3,
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
  reads: { bank_account_change: 'vendor_key', payment_flow: 'vendor_key', vendor: 'vendor_key' },
  find: (parameters) =>
    findingStatement(new URL('./account-holder-differs.sql', import.meta.url), parameters),
};
