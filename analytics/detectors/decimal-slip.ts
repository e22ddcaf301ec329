import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags amounts that are ten, a hundred or a thousand times what this vendor bills. */
export const decimalSlip: Detector = {
  id: 'decimal_slip',
  tests: [36],
  kind: 'risk',
  subject: 'invoice',
  question: 'Was a decimal mark misplaced?',
  definition:
    'The amount is ten, a hundred or a thousand times an earlier amount of the vendor to the cent, or times the median of its earlier amounts within tolerance_rate. Score 0.97 for a sharp match to the cent, 0.9 for the median, lower where the vendor’s amounts spread widely.',
  falsePositiveGuard:
    'Round amounts are multiples of one another by nature and need the median; widely spread vendors are left out of the median rule; a large amount the vendor has reached before is not reported; an order of that size explains it.',
  baseRate: '13 of 59,422 invoices of the demo company, 10 of them planted.',
  prior_rate: 0.6,
  source:
    'EZ-R Stats and DataSynth decimal-shift anomalies; best single detector for it reaches 0.883 ROC-AUC.',
  parameters: {
    tolerance_rate: {
      default: 0.02,
      unit: 'fraction',
      meaning: 'Largest distance from ten times the median.',
      minimum: 0.001,
      maximum: 0.1,
    },
    least_count: {
      default: 4,
      unit: 'invoices',
      meaning: 'Earlier invoices needed.',
      minimum: 1,
      maximum: 100,
    },
    widest_scale: {
      default: 0.6,
      unit: 'ln units',
      meaning: 'Spread of log amounts above which the median says nothing.',
      minimum: 0.05,
      maximum: 3,
    },
    minimum_amount: {
      default: 500,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { invoice_flow: 'vendor_key', purchase_order: 'vendor_key' },
  knownFrom: {
    invoice_flow:
      'coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at)',
    purchase_order: 'created_at',
  },
  find: (parameters) =>
    findingStatement(new URL('./decimal-slip.sql', import.meta.url), parameters),
};
