import { defaultParameters } from '../detectors/detectors.ts';
import { duplicateInvoiceExact } from '../detectors/duplicate-invoice-exact.ts';
import { unusualAmount } from '../detectors/unusual-amount.ts';
import { amountText, dayText, plainReason, rounded, toldReasons, type Question } from './answer.ts';
import { keyCode, textCode } from './codes.ts';
import { normalNumber } from './normal-number.ts';
import { calendarDays, rangeOf, type Asked } from './payment-to-score.ts';
import { quantileOf, studentT4 } from './quantiles.ts';

const unitsPerWhole = 10_000;
const dayMs = 86_400_000;

/** Was this invoice entered before? */
export const askDuplicate: Question = {
  detector: duplicateInvoiceExact,
  answer(asked) {
    const { payment, profiles, vendor, earlier_invoices } = asked;
    const { invoice } = payment;
    const {
      window_days = 1,
      reference_count = 0,
      most_count = 0,
    } = defaultParameters(this.detector);
    const number = normalNumber(invoice?.invoice_number ?? null);
    if (invoice === null || number === null) return { missing: 'invoice_number' };
    if (number.length < 2 || vendor.is_collective || invoice.amount <= 0) return 'nothing';
    const { invoices } = profiles;
    const code = textCode(number);
    const compared_on = invoice.invoiced_on ?? Math.floor(asked.invoice_known_at / dayMs) * dayMs;
    const same = earlier_invoices.filter((row) => invoices.number[row] === code);
    if (same.length > most_count) return 'nothing';
    const isReference =
      new Set(same.map((row) => invoices.compared_on[row] ?? 0)).size > reference_count;
    const own = ownInvoice(asked);
    const decided_at = payment.requested_at;
    if (own !== null && (invoices.taken_back_at[own] ?? Number.NaN) <= decided_at) return 'nothing';
    const gapOf = (row: number): number =>
      Math.abs(calendarDays(invoices.compared_on[row] ?? 0, compared_on));
    const standing = [...same].filter((row) => {
      const gap = gapOf(row);
      return (
        invoices.amount[row] === invoice.amount &&
        invoices.currency[row] === textCode(invoice.currency) &&
        gap <= window_days &&
        (!isReference || gap === 0) &&
        !((invoices.taken_back_at[row] ?? Number.NaN) <= decided_at)
      );
    });
    // The nearest in date; of several the one known last.
    const [nearest] = standing.sort(
      (left, right) =>
        gapOf(left) - gapOf(right) ||
        (invoices.known_at[right] ?? 0) - (invoices.known_at[left] ?? 0) ||
        (invoices.invoice[left] ?? 0) - (invoices.invoice[right] ?? 0),
    );
    if (nearest === undefined) return 'nothing';
    const gap = gapOf(nearest);
    const isOtherCompany = invoices.company[nearest] !== keyCode(payment.company_key);
    const isPaid = (invoices.paid_at[nearest] ?? Number.NaN) <= asked.invoice_known_at;
    return {
      score:
        0.99 -
        (0.25 * gap) / window_days -
        (invoice.invoiced_on === null && gap <= 1 ? 0.3 : 0) -
        (isOtherCompany ? 0.1 : 0),
      amount_at_stake: invoice.amount,
      currency: invoice.currency,
      reasons: toldReasons([
        {
          weight: 0.7,
          id: 'same_number_and_amount',
          values: {
            number: invoice.invoice_number ?? '',
            invoice_amount: amountText(invoice.amount),
            currency: invoice.currency,
            earlier_on: dayText(invoices.compared_on[nearest] ?? 0),
          },
          actual: standing.length + 1,
          usual_low: 1,
          usual_high: 1,
          unit: 'count',
        },
        invoice.invoiced_on !== null && invoices.invoiced_on[nearest] === invoice.invoiced_on
          ? plainReason(0.2, 'same_invoice_date', { invoiced_on: dayText(invoice.invoiced_on) })
          : null,
        isPaid
          ? plainReason(0.1, 'earlier_already_paid', {
              paid_on: dayText(invoices.paid_on[nearest] ?? 0),
            })
          : null,
      ]),
    };
  },
};

/** Row of the payment's own invoice, when the warehouse has it already. */
function ownInvoice({ payment, profiles, vendor }: Asked): number | null {
  const key = keyCode(payment.invoice?.invoice_key ?? null);
  const range = rangeOf(profiles.invoices.starts, vendor.place);
  for (let row = range.from; row < range.to; row += 1)
    if (profiles.invoices.invoice[row] === key) return row;
  return null;
}

interface History {
  readonly count: number;
  readonly quartiles: readonly [number, number, number];
  readonly highest: number;
}

const histories = new WeakMap<Float64Array, Map<string, History>>();

/** Quartiles of earlier log amounts; kept while the same rows are asked about again. */
function historyOf(asked: Asked, category: number | null): History {
  const { invoices } = asked.profiles;
  const kept = histories.get(invoices.log_base) ?? new Map<string, History>();
  histories.set(invoices.log_base, kept);
  const rows = asked.earlier_invoices;
  // Without the own invoice in their midst the rows are the vendor's first ones.
  const { from } = rangeOf(invoices.starts, asked.vendor.place);
  const isPlain = rows.length === 0 || (rows.at(-1) ?? 0) - from + 1 === rows.length;
  const place = `${asked.vendor.place}/${rows.length}/${category ?? ''}`;
  const known = isPlain ? kept.get(place) : undefined;
  if (known !== undefined) return known;
  const logs = new Float64Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const log = invoices.log_base[row] ?? Number.NaN;
    if (Number.isNaN(log)) continue;
    if (category !== null && !Object.is(invoices.category[row], category)) continue;
    logs[count] = log;
    count += 1;
  }
  const sorted = logs.subarray(0, count).sort();
  const history: History = {
    count,
    quartiles: [quantileOf(sorted, 0.25), quantileOf(sorted, 0.5), quantileOf(sorted, 0.75)],
    highest: sorted.at(-1) ?? Number.NaN,
  };
  if (isPlain && kept.size < keptHistories) kept.set(place, history);
  return history;
}

/** Vendors and categories whose quartiles are kept, at about 200 bytes. */
const keptHistories = 50_000;

/** Is the amount far above what this vendor billed before for the same? */
export const askUnusualAmount: Question = {
  detector: unusualAmount,
  answer(asked) {
    const { payment, vendor, invoice_amount_base } = asked;
    const { invoice } = payment;
    const parameters = defaultParameters(this.detector);
    const { shrink_count = 1, prior_amount = 1, prior_scale = 1 } = parameters;
    const { least_scale = 0, least_count = 0, least_score = 1, minimum_amount = 0 } = parameters;
    if (invoice === null) return { missing: 'invoice' };
    if (Number.isNaN(invoice_amount_base)) return { missing: 'exchange_rate' };
    if (vendor.is_collective || invoice_amount_base < minimum_amount * unitsPerWhole)
      return 'nothing';
    const ofVendor = historyOf(asked, null);
    const peers = historyOf(asked, invoice.category);
    if (peers.count < least_count)
      return Number.isNaN(invoice.category) && ofVendor.count >= least_count
        ? { missing: 'category' }
        : 'nothing';
    const vendor_weight = ofVendor.count / (ofVendor.count + shrink_count);
    const peer_weight = peers.count / (peers.count + shrink_count);
    const vendor_center =
      vendor_weight * ofVendor.quartiles[1] + (1 - vendor_weight) * Math.log(prior_amount);
    const vendor_scale =
      (vendor_weight * (ofVendor.quartiles[2] - ofVendor.quartiles[0])) / 1.349 +
      (1 - vendor_weight) * prior_scale;
    const center = peer_weight * peers.quartiles[1] + (1 - peer_weight) * vendor_center;
    const scale = Math.max(
      least_scale,
      (peer_weight * (peers.quartiles[2] - peers.quartiles[0])) / 1.349 +
        (1 - peer_weight) * vendor_scale,
    );
    const log_amount = Math.log(invoice_amount_base / unitsPerWhole);
    const score = studentT4((log_amount - center) / scale);
    if (score < least_score || isOrdered(asked)) return 'nothing';
    return {
      score,
      amount_at_stake: invoice.amount - Math.round(invoice.amount * Math.exp(center - log_amount)),
      currency: invoice.currency,
      reasons: toldReasons([
        {
          weight: 0.8,
          id: 'amount_above_usual',
          values: {
            invoice_amount: amountText(invoice.amount),
            currency: invoice.currency,
            usual_factor: rounded(Math.exp(log_amount - center), 1),
            earlier_count: peers.count,
          },
          actual: invoice_amount_base / unitsPerWhole,
          usual_low: rounded(Math.exp(center - 1.645 * scale), 2),
          usual_high: rounded(Math.exp(center + 1.645 * scale), 2),
          unit: 'group_currency',
        },
        log_amount > ofVendor.highest
          ? {
              weight: 0.2,
              id: 'largest_of_vendor',
              values: { highest_factor: rounded(Math.exp(log_amount - ofVendor.highest), 1) },
              actual: invoice_amount_base / unitsPerWhole,
              usual_low: null,
              usual_high: rounded(Math.exp(ofVendor.highest), 2),
              unit: 'group_currency',
            }
          : null,
      ]),
    };
  },
};

/** An order of that size, placed before the invoice came, explains the amount. */
function isOrdered({ payment, profiles, invoice_known_at }: Asked): boolean {
  const { invoice, vendor_key } = payment;
  const order = profiles.orders.get(keyCode(invoice?.purchase_order_key ?? null));
  return (
    invoice !== null &&
    order !== undefined &&
    order.vendor === keyCode(vendor_key) &&
    order.currency === textCode(invoice.currency) &&
    order.amount >= 0.8 * invoice.amount &&
    order.created_at < invoice_known_at
  );
}
