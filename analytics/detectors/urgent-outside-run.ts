import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags requests to pay outside the run although the due date does not need it. */
export const urgentOutsideRun: Detector = {
  id: 'urgent_outside_run',
  tests: [49],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Was a payment hurried outside the payment run without need?',
  definition:
    'Marked urgent although the due date lies at least spare_days ahead. Score: one minus the vendor’s earlier share of urgent requests, shrunken, higher for a first payment or a new account.',
  falsePositiveGuard:
    'Vendors that are always paid at once (customs, deposits) and requests that are due soon or late are left out.',
  baseRate: '18 of 56,924 requests of the demo company, 10 of them planted.',
  prior_rate: 0.25,
  source:
    'ACFE anti-fraud data analytics tests (manual and rush payments); MindBridge “Manual Entry”.',
  parameters: {
    spare_days: {
      default: 7,
      unit: 'days',
      meaning: 'Days to the due date from which no hurry is needed.',
      minimum: 1,
      maximum: 90,
    },
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
    least_score: {
      default: 0.8,
      unit: 'score',
      meaning: 'Lowest score that is reported.',
      minimum: 0,
      maximum: 1,
    },
  },
  reads: { payment_flow: 'vendor_key' },
  knownFrom: { payment_flow: 'requested_at' },
  find: (parameters) =>
    findingStatement(new URL('./urgent-outside-run.sql', import.meta.url), parameters),
};
