import { defaultParameters } from '../detectors/detectors.ts';
import type { Reason } from '../detectors/detector.ts';
import { dormantVendor } from '../detectors/dormant-vendor.ts';
import { lookalikeVendor } from '../detectors/lookalike-vendor.ts';
import { newVendorLargePayment } from '../detectors/new-vendor-large-payment.ts';
import { urgentOutsideRun } from '../detectors/urgent-outside-run.ts';
import {
  amountText,
  dayText,
  plainReason,
  rounded,
  timeText,
  toldReasons,
  type Question,
} from './answer.ts';
import { keyCode, textCode } from './codes.ts';
import { calendarDays, daysBetween, firstFrom, rangeOf, type Asked } from './payment-to-score.ts';
import { studentT4 } from './quantiles.ts';

const unitsPerWhole = 10_000;

/** Is this a large first payment to a vendor made a short time before? */
export const askNewVendor: Question = {
  detector: newVendorLargePayment,
  answer(asked) {
    const { payment, vendor, amount_base, earlier_requests } = asked;
    const parameters = defaultParameters(this.detector);
    const { window_days = 0, minimum_amount = 0, prior_amount = 1, prior_scale = 1 } = parameters;
    if (earlier_requests.length > 0 || lastPayment(asked) !== null) return 'nothing';
    if (Number.isNaN(amount_base)) return { missing: 'exchange_rate' };
    if (Number.isNaN(vendor.created_at)) return { missing: 'vendor_created_at' };
    const amount = amount_base / unitsPerWhole;
    const age_days = daysBetween(vendor.created_at, payment.requested_at);
    if (amount < minimum_amount || age_days < 0 || age_days > window_days) return 'nothing';
    if (isOrdered(asked)) return 'nothing';
    const z = (Math.log(amount) - Math.log(prior_amount)) / prior_scale;
    return {
      score: studentT4(z) * (1 - (0.3 * age_days) / window_days),
      amount_at_stake: payment.amount,
      currency: payment.currency,
      reasons: toldReasons([
        {
          weight: 0.5,
          id: 'large_first_payment',
          values: { request_amount: amountText(payment.amount), currency: payment.currency },
          actual: amount,
          usual_low: null,
          usual_high: rounded(Math.exp(Math.log(prior_amount) + 1.645 * prior_scale), 2),
          unit: 'group_currency',
        },
        {
          weight: 0.5,
          id: 'vendor_new',
          values: { created_at: timeText(vendor.created_at), age_days: rounded(age_days, 1) },
          actual: rounded(age_days, 1),
          usual_low: window_days,
          usual_high: null,
          unit: 'days',
        },
      ]),
    };
  },
};

/** An order by somebody else, of that size, placed before the invoice came. */
function isOrdered({ payment, profiles }: Asked): boolean {
  const { invoice, vendor_key } = payment;
  const order = profiles.orders.get(keyCode(invoice?.purchase_order_key ?? null));
  if (invoice === null || order === undefined) return false;
  const came_at = invoice.received_at ?? invoice.entered_at ?? Number.NaN;
  return (
    order.vendor === keyCode(vendor_key) &&
    order.currency === textCode(invoice.currency) &&
    order.amount >= 0.8 * invoice.amount &&
    order.created_at < came_at &&
    !(order.created_by === keyCode(invoice.entered_by_key))
  );
}

function lastPayment({ payment, profiles, vendor }: Asked): number | null {
  const { payments } = profiles;
  const range = rangeOf(payments.starts, vendor.place);
  const end = firstFrom(payments.executed_at, range, payment.requested_at);
  return end === range.from ? null : (payments.executed_at[end - 1] ?? null);
}

/** Does a vendor that was silent for long bill again? */
export const askDormantVendor: Question = {
  detector: dormantVendor,
  answer(asked) {
    const { payment, profiles, amount_base, earlier_requests } = asked;
    const {
      silence_days = 1,
      minimum_amount = 0,
      least_score = 0,
    } = defaultParameters(this.detector);
    if (Number.isNaN(amount_base)) return { missing: 'exchange_rate' };
    const previous = earlier_requests.at(-1);
    if (previous === undefined || amount_base < minimum_amount * unitsPerWhole) return 'nothing';
    const { requested_at, amount, account } = profiles.requests;
    const last_at = Math.max(requested_at[previous] ?? 0, lastPayment(asked) ?? -Infinity);
    const silence = daysBetween(last_at, payment.requested_at);
    if (silence < silence_days) return 'nothing';
    let highest = -Infinity;
    for (const row of earlier_requests) {
      const earlier = amount[row] ?? 0;
      highest = Math.max(highest, earlier);
      if ((requested_at[row] ?? 0) === payment.requested_at) continue;
      const days = calendarDays(requested_at[row] ?? 0, payment.requested_at);
      const isAlike = earlier * 100 >= 67 * payment.amount && earlier * 10 <= 15 * payment.amount;
      if (Math.abs(days - 365) <= 40 && isAlike) return 'nothing';
    }
    const account_before = account[previous] ?? Number.NaN;
    const isNew =
      !Number.isNaN(account_before) &&
      payment.account_token !== null &&
      textCode(payment.account_token) !== account_before;
    const above_factor = highest === 0 ? Number.NaN : payment.amount / highest;
    const score =
      0.55 +
      0.15 * Math.min((silence - silence_days) / silence_days, 1) +
      (isNew ? 0.2 : 0) +
      0.1 * (Number.isNaN(above_factor) ? 1 : Math.max(0, Math.min(Math.log(above_factor), 1)));
    if (score < least_score) return 'nothing';
    return {
      score,
      amount_at_stake: payment.amount,
      currency: payment.currency,
      reasons: toldReasons([
        {
          weight: 0.6,
          id: 'vendor_silent',
          values: { silent_days: rounded(silence), last_at: timeText(last_at) },
          actual: rounded(silence),
          usual_low: 0,
          usual_high: silence_days,
          unit: 'days',
        },
        isNew ? plainReason(0.3, 'account_not_used_before') : null,
        above_factor > 1
          ? {
              weight: 0.2,
              id: 'largest_of_vendor',
              values: { highest_factor: rounded(above_factor, 1) },
              actual: payment.amount / unitsPerWhole,
              usual_low: null,
              usual_high: highest / unitsPerWhole,
              unit: payment.currency,
            }
          : null,
      ]),
    };
  },
};

/** Is it hurried outside the payment run without need? */
export const askUrgent: Question = {
  detector: urgentOutsideRun,
  answer({ payment, profiles, amount_base, earlier_requests }) {
    const {
      spare_days = 0,
      minimum_amount = 0,
      least_score = 0,
    } = defaultParameters(this.detector);
    if (payment.urgent === null) return { missing: 'urgent' };
    if (!payment.urgent) return 'nothing';
    if (payment.due_on === null) return { missing: 'due_on' };
    if (Number.isNaN(amount_base)) return { missing: 'exchange_rate' };
    const spare = calendarDays(payment.requested_at, payment.due_on);
    if (spare < spare_days || amount_base < minimum_amount * unitsPerWhole) return 'nothing';
    const earlier_count = earlier_requests.length;
    let urgent_count = 0;
    for (const row of earlier_requests) if (profiles.requests.urgent[row] === 1) urgent_count += 1;
    const score = 1 - (urgent_count + 0.05) / (earlier_count + 1);
    if (score < least_score) return 'nothing';
    return {
      score,
      amount_at_stake: payment.amount,
      currency: payment.currency,
      reasons: toldReasons([
        {
          weight: 0.6,
          id: 'urgent_not_due',
          values: { due_on: dayText(payment.due_on), spare_days: spare },
          actual: spare,
          usual_low: null,
          usual_high: spare_days,
          unit: 'days',
        },
        {
          weight: 0.4,
          id: 'vendor_seldom_urgent',
          values: { urgent_count, earlier_count },
          actual: urgent_count,
          usual_low: null,
          usual_high: null,
          unit: 'count',
        },
      ]),
    };
  },
};

/** Is the vendor, never paid before, made to look like one we know? */
export const askLookalike: Question = {
  detector: lookalikeVendor,
  answer({ payment, profiles, vendor, earlier_requests }) {
    const prepared = profiles.lookalikes.get(vendor.vendor_key);
    if (prepared === undefined || earlier_requests.length > 0) return 'nothing';
    return {
      score: prepared.score,
      amount_at_stake: payment.amount,
      currency: payment.currency,
      reasons: JSON.parse(prepared.reasons) as Reason[],
    };
  },
};
