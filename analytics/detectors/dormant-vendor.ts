import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags vendors that bill again after a long silence. */
export const dormantVendor: Detector = {
  id: 'dormant_vendor',
  tests: [18],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Does a vendor that was silent for long bill again?',
  definition:
    'At least silence_days since the last request or payment. Score rises with the silence, with an amount above what was paid before and with a new account.',
  falsePositiveGuard: 'Annual fees: a request of a similar amount one year before, within 40 days.',
  baseRate: '10 of 56,924 requests of the demo company, all planted.',
  prior_rate: 0.2,
  source: 'MindBridge; DataSynth dormant-account anomalies.',
  parameters: {
    silence_days: {
      default: 240,
      unit: 'days',
      meaning: 'Silence from which a vendor counts as dormant.',
      minimum: 30,
      maximum: 1500,
    },
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
    least_score: {
      default: 0.6,
      unit: 'score',
      meaning: 'Lowest score that is reported.',
      minimum: 0,
      maximum: 1,
    },
  },
  reads: { payment_flow: 'vendor_key' },
  knownFrom: { payment_flow: 'requested_at' },
  find: (parameters) =>
    findingStatement(new URL('./dormant-vendor.sql', import.meta.url), parameters),
};
