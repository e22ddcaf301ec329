import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags requests whose text names what should not be paid, or an order from above. */
export const suspiciousWords: Detector = {
  id: 'suspicious_words',
  tests: [52],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Does the text name what should not be paid?',
  definition:
    'The text of the request contains a word of the list (gifts, facilitation, bribes, cash, secrecy, orders from above), in English, German, Dutch, French, Spanish or Chinese, as whole words.',
  falsePositiveGuard:
    'Words that are the vendor’s trade do not count: when the vendor’s name, or the category, has the word, or at least usual_rate of its earlier texts had one.',
  baseRate: 'None of 56,924 requests of the demo company.',
  prior_rate: 0.1,
  source: 'SAP Fraud Management, suspicious terms; MindBridge, suspicious keyword.',
  parameters: {
    usual_rate: {
      default: 0.1,
      unit: 'share',
      meaning: 'A vendor with a larger share of such texts before is not judged.',
      minimum: 0,
      maximum: 1,
    },
    minimum_amount: {
      default: 0,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { payment_flow: 'vendor_key' },
  knownFrom: { payment_flow: 'requested_at' },
  find: (parameters) =>
    findingStatement(new URL('./suspicious-words.sql', import.meta.url), parameters),
};
