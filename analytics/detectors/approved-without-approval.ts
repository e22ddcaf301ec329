import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payment requests that stand as approved while nobody's approval is in force. */
export const approvedWithoutApproval: Detector = {
  id: 'approved_without_approval',
  kind: 'risk',
  subject: 'payment_request',
  question: 'Does a payment stand as approved that nobody approved?',
  definition:
    'The request is approved or released in the queue, its history is recorded, and by then it shows no positive decision, or one that was sent back afterwards. Score 0.93.',
  falsePositiveGuard:
    'Requests of which no step at all is recorded are not judged; automatic approvals count. What was paid already belongs to approval_after_payment.',
  baseRate:
    'None among the 230 approved requests of the demo company; an ERP whose states can be written past its buttons lets single ones through.',
  prior_rate: 0.6,
  source:
    'ACFE Fraud Examiners Manual, circumvented approval; COSO control activities (authorisation recorded).',
  parameters: {},
  reads: { payment_flow: 'payment_request_key', approval_step: 'payment_request_key' },
  find: (parameters) =>
    findingStatement(new URL('./approved-without-approval.sql', import.meta.url), parameters),
};
