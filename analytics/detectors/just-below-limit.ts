import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags requests a hair below an approval limit that this vendor’s usual amounts do not explain. */
export const justBelowLimit: Detector = {
  id: 'just_below_limit',
  kind: 'risk',
  subject: 'payment_request',
  question: 'Does the amount stay just below an approval limit?',
  definition:
    'Amount within below_rate under a limit of the company. Score from how far the amount lies above or below this vendor’s usual amounts, how often the same requester has asked for amounts in that band in the last year against the band of the same width above the limit (binomial with 1/2), and whether the invoice has an order.',
  falsePositiveGuard:
    'An amount the vendor has billed before, within one percent, is a price and not an avoidance.',
  baseRate:
    'A utility’s 189,470 payments show no avoidance: 261 against 251 around 5,000; purchasing cards do: 1,152 against 30 around 2,500.',
  prior_rate: 0.25,
  source:
    'Nigrini, Forensic Analytics, just-below-threshold tests; ACFE anti-fraud data analytics tests.',
  parameters: {
    below_rate: {
      default: 0.03,
      unit: 'fraction of the limit',
      meaning: 'Width of the band under the limit.',
      minimum: 0.001,
      maximum: 0.2,
    },
    least_score: {
      default: 0.6,
      unit: 'score',
      meaning: 'Lowest score that is reported.',
      minimum: 0,
      maximum: 1,
    },
  },
  reads: { payment_flow: 'vendor_key', invoice_flow: 'vendor_key' },
  wholly: ['employee'],
  find: (parameters) =>
    findingStatement(new URL('./just-below-limit.sql', import.meta.url), parameters),
};
