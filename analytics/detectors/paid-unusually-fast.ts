import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags a payment that left far sooner after its invoice than any before. */
export const paidUnusuallyFast: Detector = {
  id: 'paid_unusually_fast',
  tests: [48],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Did this payment leave far sooner than any before?',
  definition:
    'Hours from receipt of the invoice to payment below fast_rate of the shortest of at least least_count earlier payments of the vendor.',
  falsePositiveGuard:
    'Vendors that are paid at once have short times before; days without a time of day are compared in days.',
  baseRate: '89 of 56,924 requests of the demo company.',
  prior_rate: 0.06,
  source: 'ACFE anti-fraud data analytics tests, invoice-to-payment time short.',
  parameters: {
    fast_rate: {
      default: 0.5,
      unit: 'share',
      meaning: 'Below this share of the shortest time before.',
      minimum: 0.01,
      maximum: 1,
    },
    least_count: {
      default: 20,
      unit: 'payments',
      meaning: 'Earlier payments of the vendor before its times are known.',
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
  },
  reads: { payment_flow: 'vendor_key' },
  only: { payment_flow: 'executed_at is not null' },
  knownFrom: { payment_flow: 'executed_at' },
  find: (parameters) =>
    findingStatement(new URL('./paid-unusually-fast.sql', import.meta.url), parameters),
};
