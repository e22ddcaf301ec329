import { defaultParameters } from '../detectors/detectors.ts';
import { justBelowLimit } from '../detectors/just-below-limit.ts';
import { splitBelowLimit } from '../detectors/split-below-limit.ts';
import {
  amountText,
  rounded,
  timeText,
  toldReasons,
  type Answer,
  type Question,
} from './answer.ts';
import { keyCode, textCode } from './codes.ts';
import { daysBetween, rangeOf, type Asked } from './payment-to-score.ts';
import { quantileOf } from './quantiles.ts';
import { limitsKey } from './limits-key.ts';

const unitsPerWhole = 10_000;
const dayMs = 86_400_000;

function limitsOf({ payment, profiles }: Asked): readonly number[] {
  const place = limitsKey(keyCode(payment.company_key), textCode(payment.currency));
  return profiles.limits.get(place) ?? [];
}

/** The smallest limit above the amount of a request of the vendor; NaN when it is under none. */
function limitAbove({ profiles }: Asked, row: number): number {
  const { amount, company, currency } = profiles.requests;
  const own = amount[row] ?? 0;
  if (own <= 0) return Number.NaN;
  const limits = profiles.limits.get(limitsKey(company[row] ?? 0, currency[row] ?? 0));
  return limits?.find((limit) => limit > own) ?? Number.NaN;
}

/** Does it reach, with others of the same requester and vendor, a limit that each part stays under? */
export const askSplit: Question = {
  detector: splitBelowLimit,
  answer(asked) {
    const { payment, profiles, vendor } = asked;
    const {
      window_days = 7,
      least_part_rate = 0,
      least_score = 0,
    } = defaultParameters(this.detector);
    if (payment.requested_by_key === null) return { missing: 'requested_by' };
    const limit = limitsOf(asked).find((one) => one > payment.amount);
    if (limit === undefined || payment.amount <= 0) return 'nothing';
    if (payment.amount < least_part_rate * limit) return 'nothing';
    const { requests } = profiles;
    const own = keyCode(payment.payment_request_key);
    const company = keyCode(payment.company_key);
    const requester = keyCode(payment.requested_by_key);
    const windowFrom = payment.requested_at - window_days * dayMs;
    const parts = [
      { at: payment.requested_at, order: keyCode(payment.invoice?.purchase_order_key ?? null) },
    ];
    let sum = payment.amount;
    let earlier_count = 0;
    let first_at = payment.requested_at;
    const range = rangeOf(requests.starts, vendor.place);
    for (let row = range.from; row < range.to; row += 1) {
      const at = requests.requested_at[row] ?? 0;
      if (at > payment.requested_at) break;
      if (requests.request[row] === own) continue;
      const row_limit = limitAbove(asked, row);
      if (Number.isNaN(row_limit)) continue;
      first_at = Math.min(first_at, at);
      if (row_limit !== limit || requests.company[row] !== company) continue;
      const amount = requests.amount[row] ?? 0;
      if (amount < least_part_rate * limit) continue;
      if (at <= windowFrom) earlier_count += 1;
      if (at < windowFrom || requests.requester[row] !== requester) continue;
      parts.push({ at, order: requests.placed_order[row] ?? Number.NaN });
      sum += amount;
    }
    if (parts.length < 2 || sum < limit) return 'nothing';
    const ordered = parts.filter(({ order }) => !Number.isNaN(order));
    const isOrderedEach =
      ordered.length === parts.length &&
      new Set(ordered.map(({ order }) => order)).size === parts.length;
    if (isOrderedEach) return 'nothing';
    const history_days = daysBetween(first_at, payment.requested_at);
    const expected =
      (window_days * (earlier_count + 0.5)) / (Math.max(history_days - window_days, 0) + 60);
    const score = poissonBelow(parts.length - 1, expected);
    if (score < least_score) return 'nothing';
    const since = Math.min(...parts.map(({ at }) => at));
    return {
      score,
      amount_at_stake: sum,
      currency: payment.currency,
      reasons: toldReasons([
        {
          weight: 0.6,
          id: 'parts_reach_limit',
          values: {
            part_count: parts.length,
            sum_amount: amountText(sum),
            limit_amount: amountText(limit),
            currency: payment.currency,
            since_at: timeText(since),
          },
          actual: sum / unitsPerWhole,
          usual_low: null,
          usual_high: limit / unitsPerWhole,
          unit: payment.currency,
        },
        {
          weight: 0.4,
          id: 'vendor_bills_seldom',
          values: { part_count: parts.length, usual_count: rounded(expected, 2) },
          actual: parts.length,
          usual_low: 0,
          usual_high: rounded(expected, 2),
          unit: 'count',
        },
      ]),
    };
  },
};

/** Probability of fewer than `count` events where `expected` are expected. */
function poissonBelow(count: number, expected: number): number {
  let sum = 0;
  let logFactorial = 0;
  for (let k = 0; k < count; k += 1) {
    if (k > 0) logFactorial += Math.log(k);
    sum += Math.exp(-expected + k * Math.log(expected) - logFactorial);
  }
  return sum;
}

/** Does the amount stay a hair below an approval limit that the vendor's usual amounts do not explain? */
export const askJustBelow: Question = {
  detector: justBelowLimit,
  answer(asked) {
    const { payment } = asked;
    const { below_rate = 0 } = defaultParameters(this.detector);
    if ((payment.invoice?.purchase_order_key ?? null) !== null) return 'nothing';
    let best: Answer = 'nothing';
    for (const limit of limitsOf(asked)) {
      if (payment.amount >= limit || payment.amount < limit * (1 - below_rate)) continue;
      const answer = belowOne(asked, limit);
      if (answer !== 'nothing' && (best === 'nothing' || answer.score > best.score)) best = answer;
    }
    return best;
  },
};

function belowOne(asked: Asked, limit: number): Exclude<Answer, { missing: string }> {
  const { payment } = asked;
  const { below_rate = 1, least_score = 0 } = defaultParameters(justBelowLimit);
  const { below_count, above_count, same_price_count, logs } = nearLimit(asked, limit);
  if (same_price_count > 0) return 'nothing';
  const earlier_count = logs.length;
  const weight = earlier_count / (earlier_count + 5);
  const known = (share: number): number => (earlier_count === 0 ? 0 : quantileOf(logs, share));
  const center = weight * known(0.5) + (1 - weight) * Math.log(1500);
  const spread = (known(0.75) - known(0.25)) / 1.349;
  const scale = Math.max(0.15, weight * spread + (1 - weight) * 1.2);
  const z = Math.abs(Math.log(payment.amount / unitsPerWhole) - center) / scale;
  const distance_rate = 1 - payment.amount / limit;
  const chance = 0.5 ** Math.max(below_count + 1 - above_count, 0);
  const score = Math.max(
    0.4 + 0.3 * Math.min(z / 3, 1) + 0.2 * (1 - distance_rate / below_rate),
    below_count >= 1 ? 1 - chance : 0,
  );
  if (score < least_score) return 'nothing';
  const request_amount = amountText(payment.amount);
  const { currency } = payment;
  return {
    score,
    amount_at_stake: payment.amount,
    currency,
    reasons: toldReasons([
      {
        weight: 0.6,
        id: 'just_below_limit',
        values: {
          request_amount,
          limit_amount: amountText(limit),
          currency,
          distance_rate: rounded(distance_rate, 4),
        },
        actual: payment.amount / unitsPerWhole,
        usual_low: null,
        usual_high: limit / unitsPerWhole,
        unit: currency,
      },
      below_count > 0
        ? {
            weight: 0.5,
            id: 'often_below_limit',
            values: { below_count: below_count + 1, above_count },
            actual: below_count + 1,
            usual_low: 0,
            usual_high: above_count,
            unit: 'count',
          }
        : null,
      earlier_count > 0
        ? {
            weight: 0.4 * Math.min(z / 3, 1) + 0.01,
            id: 'amount_not_usual',
            values: { request_amount, currency, earlier_count },
            actual: payment.amount / unitsPerWhole,
            usual_low: rounded(Math.exp(quantileOf(logs, 0.05)), 2),
            usual_high: rounded(Math.exp(quantileOf(logs, 0.95)), 2),
            unit: currency,
          }
        : null,
    ]),
  };
}

/** The vendor's earlier amounts near the limit, on both sides, and all of them in this company and currency. */
function nearLimit(
  { payment, profiles, earlier_requests }: Asked,
  limit: number,
): { below_count: number; above_count: number; same_price_count: number; logs: Float64Array } {
  const { below_rate = 0 } = defaultParameters(justBelowLimit);
  const { requests } = profiles;
  const company = keyCode(payment.company_key);
  const currency = textCode(payment.currency);
  const logs: number[] = [];
  let below_count = 0;
  let above_count = 0;
  let same_price_count = 0;
  for (const row of earlier_requests) {
    const amount = requests.amount[row] ?? 0;
    if (amount <= 0) continue;
    const row_company = requests.company[row] ?? Number.NaN;
    const row_currency = requests.currency[row] ?? Number.NaN;
    const isSame = row_company === company && row_currency === currency;
    if (isSame) logs.push(Math.log(amount / unitsPerWhole));
    if ((requests.requested_at[row] ?? 0) === payment.requested_at) continue;
    const isNear = amount >= limit * (1 - below_rate) && amount < limit * (1 + below_rate);
    if (!isNear || !profiles.limits.get(limitsKey(row_company, row_currency))?.includes(limit))
      continue;
    if (row_currency === currency) {
      if (amount < limit) below_count += 1;
      else above_count += 1;
    }
    if (amount === payment.amount && row_company === company) same_price_count += 1;
  }
  return { below_count, above_count, same_price_count, logs: Float64Array.from(logs).sort() };
}
