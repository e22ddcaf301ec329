import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags the first payment to an account that is already another vendor’s. */
export const vendorSharesVendorAccount: Detector = {
  id: 'vendor_shares_vendor_account',
  tests: [10],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Does this payment go to another vendor’s account?',
  definition:
    'First request of the vendor to an account that another vendor had before. Score higher when the other one still has it.',
  falsePositiveGuard:
    'Factoring agents, tax offices and group treasuries collect for many: accounts of more than most_count vendors are left out. Tokens tell only equal accounts, not similar ones.',
  baseRate: 'None of 56,924 requests of the demo company.',
  prior_rate: 0.2,
  source: 'SAP Fraud Management, bank details of vendors compared.',
  parameters: {
    most_count: {
      default: 3,
      unit: 'vendors',
      meaning: 'Accounts of more vendors belong to a collector.',
      minimum: 2,
      maximum: 100,
    },
  },
  reads: { vendor_account: 'account_token', payment_flow: 'account_token' },
  find: (parameters) =>
    findingStatement(new URL('./vendor-shares-vendor-account.sql', import.meta.url), parameters),
};
