import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags requests for vendors that are blocked, unknown or without tax number and address. */
export const vendorIncomplete: Detector = {
  id: 'vendor_incomplete',
  tests: [19],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Is the vendor blocked, unknown or incomplete?',
  definition:
    'The vendor is blocked in the master, is not in it, or has neither tax number nor address though the master has its other fields. The first request of such a vendor, or for a blocked one each.',
  falsePositiveGuard:
    'Sources without a vendor master say nothing of tax number and address; one-time vendors are incomplete by design.',
  baseRate: 'None of 56,924 requests of the demo company.',
  prior_rate: 0.06,
  source: 'MindBridge, vendor not in list.',
  parameters: {
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { payment_flow: 'vendor_key', vendor: 'vendor_key' },
  knownFrom: { payment_flow: 'requested_at' },
  find: (parameters) =>
    findingStatement(new URL('./vendor-incomplete.sql', import.meta.url), parameters),
};
