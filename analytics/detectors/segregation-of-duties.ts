import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags payments in which one person held two duties that must be apart. */
export const segregationOfDuties: Detector = {
  id: 'segregation_of_duties',
  tests: [25],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Did one person hold two duties that belong apart?',
  definition:
    'The person who made the vendor also entered its invoice, asked for or approved the payment within window_days of making it; or the person who saved its bank account approved the payment within window_days; or the payer had entered or approved it. Score by the pair of duties.',
  falsePositiveGuard:
    'Service accounts are left out, and so are duties that lie further apart in time than window_days.',
  baseRate:
    '13 of 56,924 requests of the demo company, 10 of them planted; zero where the ERP separates the roles.',
  prior_rate: 0.35,
  source: 'ISACA segregation-of-duties matrix; DataSynth control violations.',
  parameters: {
    window_days: {
      default: 365,
      unit: 'days',
      meaning: 'Duties held further apart in time are not counted.',
      minimum: 1,
      maximum: 730,
    },
  },
  reads: { payment_flow: 'vendor_key', vendor: 'vendor_key' },
  wholly: ['employee'],
  find: (parameters) =>
    findingStatement(new URL('./segregation-of-duties.sql', import.meta.url), parameters),
};
