import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags an invoice number used again with an amount whose digits are swapped or that differs by a percent. */
export const duplicateInvoiceSimilarAmount: Detector = {
  id: 'duplicate_invoice_similar_amount',
  tests: [5],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is this an invoice we have, with its amount typed differently?',
  definition:
    'Same vendor, number and currency within window_days, and amounts that have the same digits in another order ' +
    'or differ by at most tolerance_rate. Score 0.92 for swapped digits, 0.85 for a small difference.',
  falsePositiveGuard:
    'Netting of reversals and credits first; numbers the vendor has used on more than reference_count dates or ' +
    'most_count invoices are references; collective accounts for payees of one time are left out.',
  baseRate:
    '18 of 142,768 invoices of a council in two years; 233 pairs among 119,341 real payments with 200 planted copies of this kind, 192 of them found.',
  prior_rate: 0.6,
  source: 'Automated Auditors, AP fraud tests (amounts within 1 to 3 %, digits transposed).',
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
    tolerance_rate: {
      default: 0.01,
      unit: 'fraction',
      meaning: 'Largest difference of the amounts.',
      minimum: 0,
      maximum: 0.1,
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
      default: 20,
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
    findingStatement(
      new URL('./duplicate-invoice-similar-amount.sql', import.meta.url),
      parameters,
    ),
};
