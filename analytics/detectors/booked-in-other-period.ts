import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags invoices booked around a period end into a period they do not belong to. */
export const bookedInOtherPeriod: Detector = {
  id: 'booked_in_other_period',
  tests: [41],
  kind: 'risk',
  subject: 'invoice',
  question: 'Was an invoice booked at a period end into a period that is not its own?',
  definition:
    'Posted in the last two or the first three days of a month, and dated at least one whole month before or in a later month than posted.',
  falsePositiveGuard:
    'Vendors whose invoices often come late are judged by their own share: at most most_rate of those before.',
  baseRate: '2 of 59,422 invoices of the demo company.',
  prior_rate: 0.03,
  source: 'MindBridge, end of reporting period and memo with different period.',
  parameters: {
    most_rate: {
      default: 0.03,
      unit: 'share',
      meaning: 'Vendors with a larger share of such bookings are not judged.',
      minimum: 0.001,
      maximum: 1,
    },
    least_count: {
      default: 10,
      unit: 'invoices',
      meaning: 'Earlier invoices of the vendor before its habits are judged.',
      minimum: 1,
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
  reads: { standing_invoice: 'vendor_key' },
  knownFrom: { standing_invoice: 'known_at' },
  find: (parameters) =>
    findingStatement(new URL('./booked-in-other-period.sql', import.meta.url), parameters),
};
