import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payments that left before anybody had approved them. */
export const approvalAfterPayment: Detector = {
  id: 'approval_after_payment',
  tests: [26],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Did the money leave before it was approved?',
  definition:
    'No positive decision stands at the time of payment. Score 0.9, lower the more of this vendor’s earlier payments were paid first and approved later.',
  falsePositiveGuard:
    'Direct debits and standing arrangements are paid first by policy: a vendor with earlier payments of which usual_rate were approved later is left out. Stamps of day precision are compared by day.',
  baseRate:
    '69 of 55,944 payments of the demo company, 10 of them planted; the rest are first direct debits of their vendor.',
  prior_rate: 0.4,
  source: 'DataSynth control violations “approval after posting”; ISACA payables audit programme.',
  parameters: {
    usual_rate: {
      default: 0.5,
      unit: 'fraction',
      meaning: 'From this share of earlier payments approved later it is a practice.',
      minimum: 0.05,
      maximum: 1,
    },
  },
  reads: { payment_flow: 'vendor_key', invoice_flow: 'vendor_key' },
  only: {
    payment_flow: 'executed_at is not null',
    invoice_flow: 'approved_at is not null and payment_request_key is not null',
  },
  knownFrom: { payment_flow: 'executed_at' },
  find: (parameters) =>
    findingStatement(new URL('./approval-after-payment.sql', import.meta.url), parameters),
};
