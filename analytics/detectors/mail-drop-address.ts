import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags the first payments to a vendor reached only by a mailbox. */
export const mailDropAddress: Detector = {
  id: 'mail_drop_address',
  tests: [20],
  kind: 'risk',
  subject: 'payment_request',
  question: 'Is the vendor reached only by a mailbox?',
  definition:
    'Address of a post-office box, a mail drop or care of somebody else; the first first_count requests of the vendor.',
  falsePositiveGuard:
    'Sole traders and public offices use boxes: only the first requests are reported, and only above an amount.',
  baseRate: 'None of 56,924 requests of the demo company.',
  prior_rate: 0.03,
  source: 'ACFE anti-fraud data analytics tests, mail-drop addresses; AppZen.',
  parameters: {
    first_count: {
      default: 1,
      unit: 'requests',
      meaning: 'So many requests of the vendor are reported.',
      minimum: 1,
      maximum: 100,
    },
    minimum_amount: {
      default: 2000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { payment_flow: 'vendor_key', vendor: 'vendor_key' },
  knownFrom: { payment_flow: 'requested_at' },
  find: (parameters) =>
    findingStatement(new URL('./mail-drop-address.sql', import.meta.url), parameters),
};
