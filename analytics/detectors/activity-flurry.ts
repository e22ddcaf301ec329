import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags days on which far more is asked for a vendor than ever. */
export const activityFlurry: Detector = {
  id: 'activity_flurry',
  tests: [39],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Is more asked for a vendor in a day than ever?',
  definition:
    'Requests of the day so far against the vendor’s own daily rate since its first request: Chernoff bound of the Poisson tail below most_chance, and more than on any day before. Reported at the request that reaches it.',
  falsePositiveGuard:
    'Days like month ends are in the record: the day must exceed the busiest day before by half. Vendors with little history are not judged.',
  baseRate: 'None of 56,924 requests of the demo company.',
  prior_rate: 0.03,
  source: 'MindBridge, activity flurry.',
  parameters: {
    most_chance: {
      default: 0.0001,
      unit: 'probability',
      meaning: 'Largest chance of such a day.',
      minimum: 1e-9,
      maximum: 0.05,
    },
    least_count: {
      default: 20,
      unit: 'requests',
      meaning: 'Earlier requests of the vendor before its rate is known.',
      minimum: 5,
      maximum: 1000,
    },
    least_days: {
      default: 90,
      unit: 'days',
      meaning: 'Days since its first request.',
      minimum: 14,
      maximum: 1000,
    },
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { payment_flow: 'vendor_key' },
  knownFrom: { payment_flow: 'requested_at' },
  find: (parameters) =>
    findingStatement(new URL('./activity-flurry.sql', import.meta.url), parameters),
};
