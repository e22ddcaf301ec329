import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Finds credit notes that were not set off while their vendor was paid. */
export const unusedCredit: Detector = {
  id: 'unused_credit',
  tests: [50],
  kind: 'saving',
  subject: 'invoice',
  question: 'Is a credit note left open while its vendor is paid?',
  definition:
    'A credit note without invoice of its own, not paid and of no amount invoiced before, whose vendor was paid for a later invoice at least open_days after it.',
  falsePositiveGuard:
    'Credits that take back an invoice (by link or amount) are used. Only vendors of whom an earlier credit was seen to be set off: where a source never shows it, an open credit says nothing.',
  baseRate:
    'None of 59,422 invoices of the demo company, whose ERP does not export what a credit was set off against.',
  prior_rate: 0.5,
  source: 'MindBridge, vendor debit balance.',
  parameters: {
    open_days: {
      default: 90,
      unit: 'days',
      meaning: 'So long open while the vendor was paid.',
      minimum: 7,
      maximum: 1000,
    },
    minimum_amount: {
      default: 100,
      unit: 'group currency',
      meaning: 'Smaller credits are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { invoice_flow: 'vendor_key' },
  knownFrom: {
    invoice_flow:
      'least(coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on), paid_at)',
  },
  find: (parameters) =>
    findingStatement(new URL('./unused-credit.sql', import.meta.url), parameters),
};
