import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags approvals at hours at which this person has not worked before. */
export const offHoursApproval: Detector = {
  id: 'off_hours_approval',
  tests: [40],
  kind: 'risk',
  subject: 'approval_step',
  question: 'Was this approved at an hour at which this person does not work?',
  definition:
    'Share of the person’s earlier decisions within one hour of this one, on any day, and on weekends share of those on a ' +
    'weekend; local time of the company, least_count decisions before. Score: one minus twenty times the smaller share.',
  falsePositiveGuard:
    'The calendar is each person’s own and is learnt from their past: night shifts and weekend workers are normal for themselves.',
  baseRate: '338 of about 110,000 decisions of the demo company: the rarest hours of each person.',
  prior_rate: 0.15,
  source:
    'ACFE anti-fraud data analytics tests (activity at odd hours), with calendars per user as SAP and base rates of weekend work of 14.8 % advise.',
  parameters: {
    least_count: {
      default: 30,
      unit: 'decisions',
      meaning: 'Earlier decisions needed to know a person’s hours.',
      minimum: 5,
      maximum: 1000,
    },
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
    most_rate: {
      default: 0.01,
      unit: 'fraction',
      meaning: 'Largest share of earlier decisions near that hour.',
      minimum: 0.0001,
      maximum: 0.2,
    },
  },
  reads: { approval_step: 'actor_key' },
  wholly: ['employee', 'company'],
  only: { approval_step: "action in ('approved', 'final_approved', 'rejected', 'returned')" },
  knownFrom: { approval_step: 'occurred_at' },
  find: (parameters) =>
    findingStatement(new URL('./off-hours-approval.sql', import.meta.url), parameters),
};
