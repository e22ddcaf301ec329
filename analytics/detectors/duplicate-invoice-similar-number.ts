import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags an invoice whose number is a mistyped or misread form of an earlier one with the same amount. */
export const duplicateInvoiceSimilarNumber: Detector = {
  id: 'duplicate_invoice_similar_number',
  tests: [3],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is this an invoice we have, with its number typed or read differently?',
  definition:
    'Same vendor, amount and currency within window_days, and numbers that differ by two neighbours swapped, ' +
    'by up to three characters added before or after, by letters and digits scanners confuse (O/0, I/1, B/8, S/5, Z/2), ' +
    'or by one character. Score by the type of difference, higher for the same invoice date, lower with the days between.',
  falsePositiveGuard:
    'Netting of reversals and credits first. When the vendor has billed the amount recurring_count times before, ' +
    'one-character differences are not reported, and beyond most_count times nothing is; nor are numbers that ' +
    'follow one another in their last digits, differ in letters or as the days they are made of. Collective accounts for ' +
    'payees of one time are left out.',
  baseRate:
    '25 of 59,422 invoices of the demo company, 20 of them planted; 296 of 142,768 of a council in two years; 910 pairs among 119,341 real payments with 1,000 planted copies, 328 of them planted.',
  prior_rate: 0.6,
  source:
    'Celonis Duplicate Invoice Checker, “similar reference”; typed differences with recurrence guard: recall 0.957.',
  parameters: {
    window_days: {
      default: 120,
      unit: 'days',
      meaning: 'Invoice dates further apart than this are not compared.',
      minimum: 1,
      maximum: 730,
    },
    least_length: {
      default: 4,
      unit: 'characters',
      meaning: 'Shorter numbers are alike by chance and are not compared.',
      minimum: 2,
      maximum: 20,
    },
    recurring_count: {
      default: 3,
      unit: 'invoices',
      meaning: 'From this many earlier invoices with the amount it is recurring.',
      minimum: 1,
      maximum: 50,
    },
    most_count: {
      default: 400,
      unit: 'invoices',
      meaning:
        'An amount billed more often than this before is a price list, and later invoices are not compared.',
      minimum: 2,
      maximum: 1000,
    },
    least_score: {
      default: 0.5,
      unit: 'score',
      meaning: 'Lowest score that is reported.',
      minimum: 0,
      maximum: 1,
    },
  },
  reads: { duplicate_candidate: 'vendor_key' },
  knownFrom: { duplicate_candidate: 'known_at' },
  find: (parameters) =>
    findingStatement(
      new URL('./duplicate-invoice-similar-number.sql', import.meta.url),
      parameters,
    ),
};
