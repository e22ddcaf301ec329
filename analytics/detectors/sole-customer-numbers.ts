import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags vendors whose invoice numbers show that we are their only customer. */
export const soleCustomerNumbers: Detector = {
  id: 'sole_customer_numbers',
  tests: [43],
  kind: 'risk',
  subject: 'invoice',
  question: 'Do the invoice numbers show that we are the only customer?',
  definition:
    'least_count invoices of one vendor in a row with consecutive numbers, each at least gap_days after the one before. Reported once a run, at its last.',
  falsePositiveGuard:
    'Vendors that number per customer (contract and customer numbers) have such series by nature: numbers with a prefix of more than most_prefix characters are left out, and recurring amounts.',
  baseRate: '4 of 59,422 invoices of the demo company.',
  prior_rate: 0.06,
  source: 'ACFE anti-fraud data analytics tests, sequential invoice numbers.',
  parameters: {
    least_count: {
      default: 5,
      unit: 'invoices',
      meaning: 'So many consecutive numbers.',
      minimum: 3,
      maximum: 50,
    },
    gap_days: {
      default: 14,
      unit: 'days',
      meaning: 'At least so long between two numbers.',
      minimum: 1,
      maximum: 365,
    },
    most_prefix: {
      default: 8,
      unit: 'characters',
      meaning: 'Longer text before the running number is a customer number.',
      minimum: 0,
      maximum: 30,
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
    findingStatement(new URL('./sole-customer-numbers.sql', import.meta.url), parameters),
};
