import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags large first payments to vendors made a short time before. */
export const newVendorLargePayment: Detector = {
  id: 'new_vendor_large_payment',
  tests: [17],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Is the first payment to a new vendor unusually large and fast?',
  definition:
    'First request for a vendor at most window_days after it was made, of at least minimum_amount. Score: distribution function of Student’s t with 4 degrees of freedom of the log amount against first payments in general (a fixed prior), a quarter of the rest less for each week since the vendor was made.',
  falsePositiveGuard:
    'A purchase order made by somebody else before the invoice, of at least the amount, explains a large start.',
  baseRate: '11 of 8,258 vendors of the demo company, 10 of them planted.',
  prior_rate: 0.25,
  source:
    'ACFE anti-fraud data analytics tests (new vendors); MindBridge control point “high monetary value”.',
  parameters: {
    window_days: {
      default: 30,
      unit: 'days',
      meaning: 'Age of the vendor up to which it is new.',
      minimum: 1,
      maximum: 365,
    },
    minimum_amount: {
      default: 10000,
      unit: 'group currency',
      meaning: 'Smaller first payments are not reported.',
      minimum: 0,
      maximum: 10000000,
    },
    prior_amount: {
      default: 900,
      unit: 'group currency',
      meaning: 'Usual first payment.',
      minimum: 1,
      maximum: 1000000,
    },
    prior_scale: {
      default: 1.2,
      unit: 'ln units',
      meaning: 'Spread of log first payments.',
      minimum: 0.1,
      maximum: 5,
    },
  },
  reads: { payment_flow: 'vendor_key', invoice_flow: 'vendor_key', purchase_order: 'vendor_key' },
  find: (parameters) =>
    findingStatement(new URL('./new-vendor-large-payment.sql', import.meta.url), parameters),
};
