import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags approvals given in a burst too fast to have read anything. */
export const rubberStamp: Detector = {
  id: 'rubber_stamp',
  tests: [27],
  kind: 'risk',
  subject: 'approval_step',
  question: 'Was this approved without time to read it?',
  definition:
    'One of at least burst_count positive decisions of one person within burst_seconds of one another, each at most reading_seconds after the one before. Score rises with the number and the amount.',
  falsePositiveGuard:
    'Service accounts are left out; decisions at the very same moment are one bulk decision, taken on a list. A burst ends with the day (UTC).',
  baseRate: '61 decisions of the demo company, all in planted bursts.',
  prior_rate: 0.15,
  source:
    'Background practice in audit analytics: median decision below 10 s with at least 20 decisions.',
  parameters: {
    burst_count: {
      default: 5,
      unit: 'decisions',
      meaning: 'Decisions in one go from which it is a burst.',
      minimum: 2,
      maximum: 200,
    },
    reading_seconds: {
      default: 10,
      unit: 'seconds',
      meaning: 'Time to the decision before that is too short to read.',
      minimum: 1,
      maximum: 120,
    },
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { approval_step: 'actor_key' },
  wholly: ['employee'],
  only: { approval_step: "action in ('approved', 'final_approved')" },
  knownFrom: { approval_step: 'occurred_at' },
  find: (parameters) =>
    findingStatement(new URL('./rubber-stamp.sql', import.meta.url), parameters),
};
