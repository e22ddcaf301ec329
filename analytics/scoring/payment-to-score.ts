import { keyCode } from './codes.ts';
import type { Profiles, Rates, VendorProfile } from './profiles.ts';

/**
 * One payment request as it comes in, its names resolved to keys.
 *
 * Units  times epoch milliseconds, dates the first millisecond of their day, amounts ten-thousandths
 *        of the currency's unit; null is not given
 */
export interface PaymentToScore {
  readonly payment_request_key: string;
  readonly company_key: string;
  readonly vendor_key: string;
  readonly requested_by_key: string | null;
  readonly requested_at: number;
  readonly amount: number;
  readonly currency: string;
  readonly account_token: string | null;
  readonly urgent: boolean | null;
  readonly due_on: number | null;
  readonly invoice: InvoiceToScore | null;
  /** Positive decisions so far; null when the sender does not say, empty when there is none. */
  readonly approvals: readonly ApprovalToScore[] | null;
}

export interface InvoiceToScore {
  /** Of the invoice in the warehouse, when it is there already: it is not compared with itself. */
  readonly invoice_key: string | null;
  readonly invoice_number: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly invoiced_on: number | null;
  readonly received_at: number | null;
  readonly entered_at: number | null;
  readonly entered_by_key: string | null;
  /** `textCode` of the category; NaN when not known. */
  readonly category: number;
  readonly purchase_order_key: string | null;
}

export interface ApprovalToScore {
  readonly employee_key: string;
  readonly on_behalf_of_key: string | null;
  readonly approved_at: number;
}

/** A payment beside what its vendor's history says, as the questions read it. */
export interface Asked {
  readonly payment: PaymentToScore;
  readonly profiles: Profiles;
  readonly vendor: VendorProfile;
  /** Rows of the vendor's requests made before, oldest first. */
  readonly earlier_requests: Uint32Array;
  /** Rows of the vendor's invoices known before, oldest first. */
  readonly earlier_invoices: Uint32Array;
  /** When the invoice stood in the books, else when the payment was asked for. */
  readonly invoice_known_at: number;
  /** In group currency, ten-thousandths; NaN without a rate. */
  readonly amount_base: number;
  readonly invoice_amount_base: number;
}

/**
 * Puts a payment beside its vendor's history.
 *
 * Definition  Before means smaller in (time, key): the request and the invoice themselves, when the
 *             warehouse has them already, and everything later stay out of sight.
 */
export function asked(payment: PaymentToScore, profiles: Profiles, vendor: VendorProfile): Asked {
  const { invoice } = payment;
  const { requests, invoices } = profiles;
  const invoice_known_at = invoice?.entered_at ?? invoice?.received_at ?? payment.requested_at;
  return {
    payment,
    profiles,
    vendor,
    earlier_requests: before({
      ...rangeOf(requests.starts, vendor.place),
      times: requests.requested_at,
      keys: requests.request,
      time: payment.requested_at,
      key: keyCode(payment.payment_request_key),
    }),
    earlier_invoices: before({
      ...rangeOf(invoices.starts, vendor.place),
      times: invoices.known_at,
      keys: invoices.invoice,
      time: invoice_known_at,
      key: keyCode(invoice?.invoice_key ?? null),
    }),
    invoice_known_at,
    amount_base: inGroupCurrency(profiles, payment, payment.requested_at),
    invoice_amount_base:
      invoice === null
        ? Number.NaN
        : inGroupCurrency(
            profiles,
            invoice,
            invoice.invoiced_on ?? invoice.received_at ?? invoice_known_at,
          ),
  };
}

/** First row of a vendor, and the row after its last. */
export function rangeOf(starts: Uint32Array, place: number): { from: number; to: number } {
  return { from: starts[place] ?? 0, to: starts[place + 1] ?? 0 };
}

/** First row of a range whose time is not below `time`. */
export function firstFrom(
  times: Float64Array,
  range: { from: number; to: number },
  time: number,
): number {
  let { from, to } = range;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((times[middle] ?? 0) < time) from = middle + 1;
    else to = middle;
  }
  return from;
}

function before(of: {
  from: number;
  to: number;
  times: Float64Array;
  keys: Float64Array;
  time: number;
  key: number;
}): Uint32Array {
  const rows = new Uint32Array(of.to - of.from);
  let count = 0;
  for (let row = of.from; row < of.to; row += 1) {
    const time = of.times[row] ?? 0;
    if (time > of.time) break;
    const key = of.keys[row] ?? 0;
    // A key that is not given comes after all others of its moment.
    if (key === of.key || (time === of.time && key > of.key)) continue;
    rows[count] = row;
    count += 1;
  }
  return rows.subarray(0, count);
}

const dayMs = 86_400_000;

function inGroupCurrency(
  profiles: Profiles,
  of: { readonly amount: number; readonly currency: string },
  time: number,
): number {
  if (of.currency === profiles.group_currency) return of.amount;
  return Math.round(of.amount * rateOn(profiles.rates.get(of.currency), time));
}

function rateOn(rates: Rates | undefined, time: number): number {
  if (rates === undefined) return Number.NaN;
  const day = Math.floor((time - rates.first_on) / dayMs);
  if (day < 0) return Number.NaN;
  return rates.rates[Math.min(day, rates.rates.length - 1)] ?? Number.NaN;
}

/** Whole seconds between, as DuckDB's date_diff counts: in fractions of a day. */
export function daysBetween(from: number, to: number): number {
  return (Math.floor(to / 1000) - Math.floor(from / 1000)) / 86_400;
}

/** Calendar days between two moments. */
export function calendarDays(from: number, to: number): number {
  return Math.floor(to / dayMs) - Math.floor(from / dayMs);
}
