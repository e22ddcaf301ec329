import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags the first payment to an account in another country than the vendor’s. */
export const foreignBankAccount: Detector = {
  id: 'foreign_bank_account',
  tests: [21],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Is the bank in another country than the vendor?',
  definition:
    'First request to an account whose bank is in another country than the vendor, where no earlier account of the vendor was. Score higher when an earlier account was at home, and outside the common payment area.',
  falsePositiveGuard:
    'Vendors with an account in that country before do not count; the first account of a vendor scores low.',
  baseRate: '5 of 56,924 requests of the demo company.',
  prior_rate: 0.1,
  source: 'SAP Fraud Management, payment to another country.',
  parameters: {
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
    least_score: {
      default: 0.5,
      unit: 'score',
      meaning: 'Lowest score that is reported.',
      minimum: 0,
      maximum: 1,
    },
  },
  reads: { payment_flow: 'vendor_key', vendor_account: 'vendor_key', vendor: 'vendor_key' },
  find: (parameters) =>
    findingStatement(new URL('./foreign-bank-account.sql', import.meta.url), parameters),
};
