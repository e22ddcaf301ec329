import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags vendors nearly all of whose money one of several possible approvers lets through. */
export const approverConcentration: Detector = {
  id: 'approver_concentration',
  tests: [53],
  kind: 'risk',
  subject: 'vendor',
  question: 'Does one of several approvers let nearly all of a vendor’s money through?',
  definition:
    'At each multiple of least_count approved requests of the vendor: one person last approved at least most_rate of the money of the earlier ones, while at least least_peers others of that role in the company could have.',
  falsePositiveGuard:
    'The only approver of a unit has no peers of the role; vendors with few requests are not judged.',
  baseRate: 'No vendors of the demo company.',
  prior_rate: 0.05,
  source: 'ACFE anti-fraud data analytics tests, vendor concentration by approver.',
  parameters: {
    most_rate: {
      default: 0.95,
      unit: 'share',
      meaning: 'From this share of the vendor’s money.',
      minimum: 0.5,
      maximum: 1,
    },
    least_count: {
      default: 20,
      unit: 'requests',
      meaning: 'Approved requests of the vendor before it is judged.',
      minimum: 5,
      maximum: 1000,
    },
    least_peers: {
      default: 3,
      unit: 'persons',
      meaning: 'Others in the same role and company.',
      minimum: 1,
      maximum: 100,
    },
    minimum_amount: {
      default: 10000,
      unit: 'group currency',
      meaning: 'Vendors with less money approved so far are not reported.',
      minimum: 0,
      maximum: 10000000,
    },
  },
  reads: { payment_flow: 'vendor_key' },
  wholly: ['employee'],
  only: { payment_flow: 'last_approver_key is not null' },
  knownFrom: { payment_flow: 'last_approved_at' },
  find: (parameters) =>
    findingStatement(new URL('./approver-concentration.sql', import.meta.url), parameters),
};
