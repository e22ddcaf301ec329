import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a document number of our own books used twice. */
export const documentNumberRepeated: Detector = {
  id: 'document_number_repeated',
  tests: [51],
  kind: 'risk',
  subject: 'invoice',
  question: 'Was a document number of our books used twice?',
  definition:
    'Same company and document number (at least least_length characters) as an invoice known earlier, with another vendor or amount.',
  falsePositiveGuard:
    'Lines of one document share vendor or amount pattern within most_days and are left out when the vendor is the same; a number on more than most_count documents is a collective number. Missing numbers are not judged: parked documents leave gaps.',
  baseRate: 'None of 59,422 invoices of the demo company.',
  prior_rate: 0.1,
  source:
    'ACFE anti-fraud data analytics tests, missing and duplicate document numbers; MindBridge, duplicate document.',
  parameters: {
    least_length: {
      default: 4,
      unit: 'characters',
      meaning: 'Shorter numbers coincide.',
      minimum: 1,
      maximum: 30,
    },
    most_count: {
      default: 3,
      unit: 'documents',
      meaning: 'Numbers on more documents are collective.',
      minimum: 1,
      maximum: 100,
    },
    year_days: {
      default: 300,
      unit: 'days',
      meaning: 'Ranges may start again each year: documents further apart are not compared.',
      minimum: 1,
      maximum: 3650,
    },
  },
  reads: { invoice_flow: 'document_number' },
  find: (parameters) =>
    findingStatement(new URL('./document-number-repeated.sql', import.meta.url), parameters),
};
