import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payment requests whose amount is another one than the one approved. */
export const changedAfterApproval: Detector = {
  id: 'changed_after_approval',
  kind: 'risk',
  subject: 'payment_request',
  question: 'Was the amount changed after it was approved?',
  definition:
    'A recorded change of the amount later than the last approval, with the request still approved, released or paid. Score 0.95 when the requester made it, else 0.9.',
  falsePositiveGuard:
    'A change that was approved again does not count, nor one of a request that went back.',
  baseRate:
    'None in the demo company, whose queue locks approved requests; where it does not, single ones.',
  prior_rate: 0.5,
  source: 'ACFE Fraud Examiners Manual, altered payment after authorisation.',
  parameters: {},
  reads: { approval_step: 'payment_request_key', payment_flow: 'payment_request_key' },
  find: (parameters) =>
    findingStatement(new URL('./changed-after-approval.sql', import.meta.url), parameters),
};
