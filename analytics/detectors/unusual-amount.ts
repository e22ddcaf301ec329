import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags invoices far above what this vendor usually bills for the same category. */
export const unusualAmount: Detector = {
  id: 'unusual_amount',
  tests: [35],
  kind: 'risk',
  subject: 'invoice',
  question: 'Is this amount far above what the vendor usually bills for this?',
  definition:
    'One-sided robust z of the log amount in group currency against earlier invoices of the same vendor and category: ' +
    'median and interquartile range / 1.349, shrunken with weight n/(n+shrink_count) towards the vendor and then ' +
    'towards a fixed prior. Score is the distribution function of Student’s t with 4 degrees of freedom at z. ' +
    'At stake is what exceeds the usual amount.',
  falsePositiveGuard:
    'Only upwards, only with enough earlier invoices, and only above a minimum amount; few rows are pulled to the prior ' +
    'and the scale never falls below least_scale, so that fixed monthly fees with small changes stay quiet. An order of that size placed before explains the amount. ' +
    'Collective accounts for payees of one time have nothing usual.',
  baseRate: '40 of 59,422 invoices of the demo company; 507 of 142,768 of a council in two years.',
  prior_rate: 0.2,
  source:
    'Robust z with shrinkage per vendor and item: ROC-AUC 0.883 for misplaced decimals on city payments, best single detector.',
  parameters: {
    shrink_count: {
      default: 5,
      unit: 'invoices',
      meaning: 'Weight of the level above, counted in invoices.',
      minimum: 1,
      maximum: 100,
    },
    prior_amount: {
      default: 1500,
      unit: 'group currency',
      meaning: 'Usual amount of an unknown vendor.',
      minimum: 1,
      maximum: 1000000,
    },
    prior_scale: {
      default: 1.2,
      unit: 'ln units',
      meaning: 'Spread of log amounts of an unknown vendor.',
      minimum: 0.1,
      maximum: 5,
    },
    least_scale: {
      default: 0.1,
      unit: 'ln units',
      meaning: 'Smallest spread assumed.',
      minimum: 0.01,
      maximum: 2,
    },
    least_count: {
      default: 5,
      unit: 'invoices',
      meaning: 'Earlier invoices needed before an amount can be unusual.',
      minimum: 1,
      maximum: 100,
    },
    least_score: {
      default: 0.995,
      unit: 'probability',
      meaning: 'Lowest score that is reported.',
      minimum: 0.5,
      maximum: 1,
    },
    minimum_amount: {
      default: 1000,
      unit: 'group currency',
      meaning: 'Smaller amounts are not reported.',
      minimum: 0,
      maximum: 1000000,
    },
  },
  reads: { invoice_flow: 'vendor_key', purchase_order: 'vendor_key', vendor: 'vendor_key' },
  knownFrom: {
    invoice_flow:
      'coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at)',
    purchase_order: 'created_at',
  },
  find: (parameters) =>
    findingStatement(new URL('./unusual-amount.sql', import.meta.url), parameters),
};
