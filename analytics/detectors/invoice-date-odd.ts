import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags invoices dated in the future, long ago, or before their vendor was known. */
export const invoiceDateOdd: Detector = {
  id: 'invoice_date_odd',
  tests: [42],
  kind: 'risk',
  subject: 'invoice',
  question: 'Can the date of this invoice be right?',
  definition:
    'Dated after the day it stood in our books, more than old_days before it, or more than before_vendor_days before the vendor was made.',
  falsePositiveGuard:
    'Vendors with such dates before are judged by their own share. Vendors are often made for their first invoice: some days are allowed.',
  baseRate: 'None of 59,422 invoices of the demo company.',
  prior_rate: 0.06,
  source: 'MindBridge, invoice created after effective date; ACFE anti-fraud data analytics tests.',
  parameters: {
    old_days: {
      default: 365,
      unit: 'days',
      meaning: 'Older invoices are odd.',
      minimum: 60,
      maximum: 3650,
    },
    future_days: {
      default: 1,
      unit: 'days',
      meaning: 'Dates further ahead are odd; one day for time zones.',
      minimum: 0,
      maximum: 60,
    },
    before_vendor_days: {
      default: 60,
      unit: 'days',
      meaning: 'Dates so long before the vendor was made are odd.',
      minimum: 0,
      maximum: 1000,
    },
    most_rate: {
      default: 0.05,
      unit: 'share',
      meaning: 'Vendors with a larger share of odd dates are not judged.',
      minimum: 0.001,
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
  reads: { standing_invoice: 'vendor_key', vendor: 'vendor_key' },
  knownFrom: { standing_invoice: 'known_at' },
  find: (parameters) =>
    findingStatement(new URL('./invoice-date-odd.sql', import.meta.url), parameters),
};
