import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payment requests approved by their own requester or by the person who entered the invoice. */
export const selfApproval: Detector = {
  id: 'self_approval',
  tests: [25],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Did somebody approve their own request?',
  definition:
    'A positive decision by the person who asked for the payment (score 0.95) or who entered the invoice (0.75), ' +
    'also when given on behalf of somebody else; 0.3 less when another person had approved before.',
  falsePositiveGuard:
    'Service accounts are left out, and so are amounts below a self-approval limit in group currency.',
  baseRate:
    '10 of 56,924 requests of the demo company, all planted; zero where the workflow forbids it.',
  prior_rate: 0.3,
  source: 'Coupa approval practice (self-approval limits); ISACA segregation-of-duties matrix.',
  parameters: {
    minimum_amount: {
      default: 250,
      unit: 'group currency',
      meaning: 'Requests below this may be approved by their requester.',
      minimum: 0,
      maximum: 100000,
    },
  },
  reads: { approval_step: 'payment_request_key', payment_flow: 'payment_request_key' },
  wholly: ['employee'],
  find: (parameters) =>
    findingStatement(new URL('./self-approval.sql', import.meta.url), parameters),
};
