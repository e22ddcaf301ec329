import { createHash } from 'node:crypto';
import { keyCode, recordKey, textCode } from '#analytics/scoring/codes.ts';
import { normalNumber } from '#analytics/scoring/normal-number.ts';
import {
  rangeOf,
  type InvoiceToScore,
  type PaymentToScore,
} from '#analytics/scoring/payment-to-score.ts';
import type { Profiles } from '#analytics/scoring/profiles.ts';
import { unitsOf, type ScoreBody } from './score-body.ts';

/** The request in keys: names become those under which the warehouse knows them. */
export function paymentOf(
  body: ScoreBody,
  of: { profiles: Profiles; accountSecret: string; received_at: number },
): PaymentToScore {
  const { profiles } = of;
  const source = body.source ?? profiles.source;
  const key = (record: string, id: string | undefined): string | null =>
    id === undefined ? null : recordKey(source, record, id);
  const payment = {
    payment_request_key: recordKey(source, 'payment_request', body.payment_request_id),
    company_key: recordKey(source, 'company', body.company_id),
    vendor_key: recordKey(source, 'vendor', body.vendor_id),
    requested_by_key: key('employee', body.requested_by_id),
    requested_at: momentOf(body.requested_at) ?? of.received_at,
    amount: unitsOf(body.amount),
    currency: body.currency,
    account_token: accountToken(body.account, of.accountSecret),
    urgent: body.urgent ?? null,
    due_on: momentOf(body.due_on),
    approvals:
      body.approvals?.map((one) => ({
        employee_key: recordKey(source, 'employee', one.employee_id),
        on_behalf_of_key: key('employee', one.on_behalf_of_id),
        approved_at: Date.parse(one.approved_at),
      })) ?? null,
  };
  const { invoice } = body;
  if (invoice === undefined) return { ...payment, invoice: null };
  const told: InvoiceToScore = {
    invoice_key: key('invoice', invoice.invoice_id),
    invoice_number: invoice.invoice_number ?? null,
    amount: unitsOf(invoice.amount ?? body.amount),
    currency: invoice.currency ?? body.currency,
    invoiced_on: momentOf(invoice.invoiced_on),
    received_at: momentOf(invoice.received_at),
    entered_at: momentOf(invoice.entered_at),
    entered_by_key: key('employee', invoice.entered_by_id),
    category: textCode(invoice.category ?? null),
    purchase_order_key: key('purchase_order', invoice.purchase_order_id),
  };
  return { ...payment, invoice: asInBooks(told, payment, profiles) };
}

/**
 * The invoice with what the warehouse knows of it. Without an id it is the latest one of the vendor
 * with this number and amount that nobody has asked to pay: else it would be a duplicate of itself.
 */
function asInBooks(
  told: InvoiceToScore,
  payment: Pick<PaymentToScore, 'vendor_key' | 'payment_request_key' | 'requested_at'>,
  profiles: Profiles,
): InvoiceToScore {
  const { invoices } = profiles;
  const vendor = profiles.vendors.get(payment.vendor_key);
  if (vendor === undefined) return told;
  const range = rangeOf(invoices.starts, vendor.place);
  const number = textCode(normalNumber(told.invoice_number));
  const isOwn = (row: number): boolean =>
    told.invoice_key === null
      ? invoices.number[row] === number &&
        invoices.amount[row] === told.amount &&
        invoices.currency[row] === textCode(told.currency) &&
        !((invoices.requested_at[row] ?? Number.NaN) < payment.requested_at) &&
        !((invoices.paid_at[row] ?? Number.NaN) < payment.requested_at)
      : invoices.invoice[row] === keyCode(told.invoice_key);
  for (let row = range.to - 1; row >= range.from; row -= 1) {
    if (!isOwn(row)) continue;
    const known = (column: 'known_at' | 'invoiced_on'): number | null => {
      const time = invoices[column][row] ?? Number.NaN;
      return Number.isNaN(time) ? null : time;
    };
    return {
      ...told,
      invoice_key: told.invoice_key ?? keyOfCode(invoices.invoice[row] ?? 0),
      invoiced_on: told.invoiced_on ?? known('invoiced_on'),
      entered_at: told.entered_at ?? known('known_at'),
      category: Number.isNaN(told.category)
        ? (invoices.category[row] ?? Number.NaN)
        : told.category,
    };
  }
  return told;
}

/** A key with this code: all that the comparison with itself needs. */
function keyOfCode(code: number): string {
  const digits = code.toString(16).padStart(13, '0').padEnd(32, '0');
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

function momentOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}

/** As the staging macro account_token: the number itself goes no further. */
function accountToken(account: string | undefined, secret: string): string | null {
  const normal = (account ?? '').toUpperCase().replace(/[^A-Z0-9]/g, '');
  return normal === ''
    ? null
    : createHash('sha256')
        .update(secret + normal)
        .digest('hex');
}
