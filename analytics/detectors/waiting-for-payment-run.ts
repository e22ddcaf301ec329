import type { Detector } from './detector.ts';
import { findingStatement } from './finding-statement.ts';

/** Flags approved payments that waited longer for their run than the process needs, and were late or lost a discount by it. */
export const waitingForPaymentRun: Detector = {
  id: 'waiting_for_payment_run',
  kind: 'delay',
  subject: 'payment_request',
  question: 'Did an approved payment wait longer for its run than it needed?',
  definition:
    'Working days (Monday to Friday, local time of the company) from the last approval to the run that paid, less the one ' +
    'day that a daily run would have needed. Reported when a daily run would have met the due date or the discount that was ' +
    'missed. Score: days over days plus half_days. At stake: the discount lost, and the late interest at interest_rate.',
  falsePositiveGuard:
    'Waiting that did no harm, payments that arrived by the due date, and stamps of day precision for hours are left out; ' +
    'so are payments held for longer than run_gap_days until the last run before their due date when it cost less than ' +
    'least_loss: they were scheduled so, and only the bank’s days made them late.',
  baseRate:
    '3,943 of 52,478 payments in runs of the demo company. Monday and Thursday ' +
    'runs make every approval wait 1.6 working days in the mean.',
  prior_rate: 0.9,
  source:
    'Court of Justice of the EU, C-306/06 (paid in time means on the creditor’s account by then). Two of three waiting days of a payment lie between approval and run in BPI Challenge 2020 data.',
  parameters: {
    arrival_days: {
      default: 2,
      unit: 'working days',
      meaning: 'From a run in the evening, after the bank’s cut-off, to the vendor’s account.',
      minimum: 0,
      maximum: 5,
    },
    least_days: {
      default: 1,
      unit: 'working days',
      meaning: 'Waiting beyond a daily run from which it is reported.',
      minimum: 0.1,
      maximum: 30,
    },
    run_gap_days: {
      default: 3,
      unit: 'working days',
      meaning: 'Longest time between two runs; who waits longer was held back.',
      minimum: 1,
      maximum: 30,
    },
    least_loss: {
      default: 5,
      unit: 'group currency',
      meaning:
        'Smaller losses of a payment that was held back until its due date are not reported.',
      minimum: 0,
      maximum: 10000,
    },
    half_days: {
      default: 3,
      unit: 'working days',
      meaning: 'Waiting at which the score is one half.',
      minimum: 0.5,
      maximum: 30,
    },
    interest_rate: {
      default: 0.1015,
      unit: 'fraction a year',
      meaning: 'Statutory late interest.',
      minimum: 0,
      maximum: 0.5,
    },
  },
  reads: { payment_flow: 'payment_request_key', invoice_flow: 'payment_request_key' },
  wholly: ['company'],
  find: (parameters) =>
    findingStatement(new URL('./waiting-for-payment-run.sql', import.meta.url), parameters),
};
