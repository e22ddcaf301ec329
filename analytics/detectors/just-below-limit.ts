import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags requests a hair below an approval limit that this vendor’s usual amounts do not explain. */
export const justBelowLimit: Detector = {
  id: 'just_below_limit',
  tests: [23],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Does the amount stay just below an approval limit?',
  definition:
    'Amount within below_rate under a limit of the company. Score: the larger of 0.4 to 0.9 by how far the amount lies from ' +
    'this vendor’s usual ones and how close to the limit, and of one minus the chance that so many of the vendor’s earlier ' +
    'amounts near the limit lie below rather than above it (a half for each).',
  falsePositiveGuard:
    'An amount the vendor has billed before to the cent is a price and not an avoidance; an invoice with an order is bound by it.',
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
  only: { invoice_flow: 'purchase_order_key is not null' },
  find: (parameters) =>
    findingStatement(new URL('./just-below-limit.sql', import.meta.url), parameters),
};
