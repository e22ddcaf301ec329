import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags the second of two invoices with the same vendor, number (letters and digits only) and amount. */
export const duplicateInvoiceExact: Detector = {
  id: 'duplicate_invoice_exact',
  tests: [1],
  kind: 'risk',
  subject: 'invoice',
  question: 'Was this invoice entered twice?',
  definition:
    'Same vendor, number (upper case, letters and digits only, without leading zeros), gross amount ' +
    'and currency as an invoice known earlier. Score 0.99 for the same date, falling with the days between the two. ' +
    'Where no invoice date is known the day of booking stands for it.',
  falsePositiveGuard:
    'Reversed and credited invoices are netted first. A number that the vendor has used on several dates ' +
    'is a reference such as a customer number and counts only on the same date; one on more than most_count ' +
    'earlier invoices does not count at all. Collective accounts for payees of one time are left out: ' +
    'the vendor says nothing of the payee.',
  baseRate:
    '10 of 59,422 invoices of the demo company, all planted; 155 of 142,768 of a council in two years; ' +
    '1.3 % of rows of a utility’s 189,470 payments repeat vendor, number and amount (corporate.payment, 2010).',
  prior_rate: 0.8,
  source:
    'Celonis Duplicate Invoice Checker, pattern “exact match”; Automated Auditors, AP fraud tests.',
  parameters: {
    window_days: {
      default: 365,
      unit: 'days',
      meaning: 'Invoice dates further apart than this are not compared.',
      minimum: 1,
      maximum: 1825,
    },
    reference_count: {
      default: 2,
      unit: 'dates',
      meaning:
        'A number seen on more earlier dates than this is a reference, not an invoice number.',
      minimum: 1,
      maximum: 50,
    },
    most_count: {
      default: 50,
      unit: 'invoices',
      meaning:
        'A number on more earlier invoices of the vendor than this is a reference, whatever their dates.',
      minimum: 2,
      maximum: 1000,
    },
  },
  reads: { duplicate_candidate: 'vendor_key' },
  knownFrom: { duplicate_candidate: 'known_at' },
  find: (parameters) =>
    findingStatement(new URL('./duplicate-invoice-exact.sql', import.meta.url), parameters),
};
