import { textCode } from '#analytics/scoring/codes.ts';
import type { PaymentToScore } from '#analytics/scoring/payment-to-score.ts';
import type { Columns, Queryable } from '#analytics/table.ts';

/** Every payment request of a warehouse as it would have come in when it was made. */
export async function paymentsOf(warehouse: Queryable): Promise<PaymentToScore[]> {
  const read = await warehouse.columns(`
    with approval as (
      select
        payment_request_key,
        list({'employee_key': actor_key::varchar, 'on_behalf_of_key': on_behalf_of_key::varchar, 'approved_at': occurred_at::varchar || 'Z'}
          order by occurred_at, event_key) as approvals
      from approval_step
      where action in ('approved', 'final_approved', 'released') and actor_key is not null
      group by all
    )
    select
      flow.payment_request_key::varchar as payment_request_key, flow.company_key::varchar as company_key,
      flow.vendor_key::varchar as vendor_key, flow.requested_by_key::varchar as requested_by_key,
      flow.requested_at, (flow.amount * 10000)::bigint as amount, flow.currency, flow.account_token, flow.urgent,
      flow.due_on::timestamp as due_on, invoice.invoice_key::varchar as invoice_key, invoice.invoice_number,
      (invoice.amount_gross * 10000)::bigint as invoice_amount, invoice.currency as invoice_currency,
      invoice.invoiced_on::timestamp as invoiced_on, invoice.received_at, invoice.entered_at,
      invoice.entered_by_key::varchar as entered_by_key, invoice.category,
      invoice.purchase_order_key::varchar as purchase_order_key, to_json(approvals)::varchar as approvals
    from payment_flow as flow
    left join invoice_flow as invoice on invoice.invoice_key = flow.invoice_key
    left join approval on approval.payment_request_key = flow.payment_request_key
    where flow.vendor_key is not null
    order by flow.payment_request_key`);
  return Array.from({ length: read.rowCount }, (_, row) => paymentAt(read, row));
}

function paymentAt(read: Columns, row: number): PaymentToScore {
  const text = (name: string): string | null => (read.column[name]?.[row] ?? null) as string | null;
  const given = (name: string): string => text(name) ?? '';
  const number = (name: string): number => Number(read.column[name]?.[row]);
  const time = (name: string): number | null => (Number.isNaN(number(name)) ? null : number(name));
  const approvals = JSON.parse(text('approvals') ?? '[]') as {
    employee_key: string;
    on_behalf_of_key: string | null;
    approved_at: string;
  }[];
  return {
    payment_request_key: given('payment_request_key'),
    company_key: given('company_key'),
    vendor_key: given('vendor_key'),
    requested_by_key: text('requested_by_key'),
    requested_at: number('requested_at'),
    amount: number('amount'),
    currency: given('currency'),
    account_token: text('account_token'),
    urgent: (read.column['urgent']?.[row] ?? null) as boolean | null,
    due_on: time('due_on'),
    invoice:
      text('invoice_key') === null
        ? null
        : {
            invoice_key: text('invoice_key'),
            invoice_number: text('invoice_number'),
            amount: number('invoice_amount'),
            currency: given('invoice_currency'),
            invoiced_on: time('invoiced_on'),
            received_at: time('received_at'),
            entered_at: time('entered_at'),
            entered_by_key: text('entered_by_key'),
            category: textCode(text('category')),
            purchase_order_key: text('purchase_order_key'),
          },
    approvals: approvals.map((one) => ({
      ...one,
      approved_at: Date.parse(one.approved_at.replace(' ', 'T')),
    })),
  };
}
