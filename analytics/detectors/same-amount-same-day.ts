import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags an invoice with vendor, date and amount of an earlier one where no number tells the two apart. */
export const sameAmountSameDay: Detector = {
  id: 'same_amount_same_day',
  tests: [2],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is this the invoice we have from the same day, without a number of its own?',
  definition:
    'Same vendor, invoice date, gross amount and currency as an earlier invoice, and one of the two has no number of at least three characters.',
  falsePositiveGuard:
    'Invoices with numbers of their own are told apart by them. Amounts that recur, collective accounts and originals taken back before do not count.',
  baseRate:
    'None of 59,422 invoices of the demo company; 9,234 groups of vendor, amount and date among 119,000 real payments before the guard.',
  prior_rate: 0.2,
  source: 'Automated Auditors, AP fraud tests; ezrstats.com, duplicate payment tests.',
  parameters: {
    minimum_amount: {
      default: 100,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
    most_count: {
      default: 5,
      unit: 'invoices',
      meaning: 'A vendor with more invoices of one amount on one day than this bills per piece.',
      minimum: 1,
      maximum: 100,
    },
  },
  reads: { standing_invoice: 'vendor_key', vendor: 'vendor_key' },
  knownFrom: { standing_invoice: 'known_at' },
  find: (parameters) =>
    findingStatement(new URL('./same-amount-same-day.sql', import.meta.url), parameters),
};
