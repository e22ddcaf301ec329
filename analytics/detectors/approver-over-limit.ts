import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payments whose approvers together had no authority for the amount. */
export const approverOverLimit: Detector = {
  id: 'approver_over_limit',
  tests: [24],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Was the amount above the authority of everybody who approved it?',
  definition:
    'The request was finally approved, and no approver’s limit, nor that of the person on whose behalf or under whose delegation they decided, reaches the amount. Score 0.7 plus up to 0.29 the further the amount exceeds the largest limit.',
  falsePositiveGuard:
    'Limits that are unknown are not assessable and never counted as zero: a request with such an approver only is left out. Amounts in another currency are compared in group currency with tolerance_rate for the day’s rate. Delegations are read as they stood on the day.',
  baseRate:
    '33 of 56,924 requests of the demo company, 8 of them planted; zero where the workflow checks limits.',
  prior_rate: 0.4,
  source: 'DataSynth control violations “exceeded approval limit”; Coupa approval limits.',
  parameters: {
    tolerance_rate: {
      default: 0.01,
      unit: 'fraction',
      meaning: 'Excess that is forgiven, for rounding and rates of the day.',
      minimum: 0,
      maximum: 0.2,
    },
  },
  reads: { payment_flow: 'payment_request_key', approval_step: 'payment_request_key' },
  wholly: ['employee', 'delegation', 'fx_day'],
  only: { approval_step: "action in ('approved', 'final_approved', 'auto_approved')" },
  // A rate of a day matters to decisions of that day, and so to what was decided on it or later.
  knownFrom: { fx_day: 'rate_on' },
  find: (parameters) =>
    findingStatement(new URL('./approver-over-limit.sql', import.meta.url), parameters),
};
