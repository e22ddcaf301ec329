import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payments to an account on which an employee’s salary is paid. */
export const vendorSharesEmployeeAccount: Detector = {
  id: 'vendor_shares_employee_account',
  tests: [11],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Does this payment go to an employee’s own account?',
  definition:
    'The account of the request is the salary account of an employee. Score 0.9, higher when that employee asked for the payment or entered the invoice.',
  falsePositiveGuard: 'Expenses paid back to the employee under their own name are left out.',
  baseRate: '10 of 56,924 requests of the demo company, all planted.',
  prior_rate: 0.6,
  source:
    'ACFE anti-fraud data analytics tests; SAP Business Integrity Screening, “Vendor account equals employee account”.',
  parameters: {
    same_name_similarity: {
      default: 0.9,
      unit: 'similarity',
      meaning: 'From this Jaro-Winkler similarity of names the vendor is the employee.',
      minimum: 0.5,
      maximum: 1,
    },
  },
  reads: { payment_flow: 'account_token', employee: 'account_token' },
  find: (parameters) =>
    findingStatement(new URL('./vendor-shares-employee-account.sql', import.meta.url), parameters),
};
