import type { Staging } from '../../connector.ts';
import type { TrytonSettings } from './settings.ts';

/** Masters, orders, invoices, payment requests and payments. */
export function ledgerStaging(settings: TrytonSettings): Staging[] {
  return [
    { record: 'company', streams: ['company'], sql: company },
    { record: 'employee', streams: ['user'], sql: employee(settings) },
    { record: 'vendor', streams: ['party'], sql: vendor },
    { record: 'bank_account_change', streams: ['bank_account'], sql: bankAccountChange },
    { record: 'purchase_order', streams: ['purchase'], sql: purchaseOrder },
    { record: 'invoice', streams: ['invoice', 'payable_line'], sql: invoice },
    {
      record: 'payment_request',
      streams: ['payment', 'bank_account', 'note'],
      sql: paymentRequest,
    },
    { record: 'payment_request', streams: ['gone_payment'], sql: gonePayment },
    { record: 'payment', streams: ['payment', 'bank_account'], sql: payment },
  ];
}

/** The decision a note of ours records: `Quittance hold 0190…`. */
export const decisionNote = String.raw`'^Quittance (release|hold|reject|refer) [0-9a-f-]{36}'`;

const company = `
select
  id as company_id,
  "party.rec_name" as name,
  upper("currency.code") as base_currency,
  coalesce(timezone, 'UTC') as time_zone,
  _row, _batch_id
from company`;

function employee(settings: TrytonSettings): string {
  const services = [settings.user, ...settings.service_accounts].map(literal).join(', ');
  return `
select
  id as employee_id,
  coalesce(filled(name), login) as name,
  active,
  login in (${services}) as is_service_account,
  _row, _batch_id
from "user"`;
}

const vendor = `
select
  id as vendor_id,
  coalesce(filled(name), code, id) as name,
  "tax_identifier.code" as tax_id,
  "supplier_payment_term.rec_name" as payment_terms,
  (active = 'false')::varchar as blocked,
  create_date as created_at,
  create_uid as created_by_id,
  _row, _batch_id
from party`;

/** Own accounts and those of banks belong to no vendor and refer to none. */
const bankAccountChange = `
select
  id as bank_account_change_id,
  "account.owners.first" as vendor_id,
  account_token(number_compact) as account_token,
  last4(number_compact) as account_last4,
  case when type = 'iban' then left(number_compact, 2) end as account_country,
  "account.bank.rec_name" as bank_name,
  create_date as changed_at,
  create_uid as changed_by_id,
  _row, _batch_id
from bank_account
where "account.owners.first" is not null`;

const purchaseOrder = `
select
  id as purchase_order_id,
  company as company_id,
  party as vendor_id,
  create_date as created_at,
  create_uid as created_by_id,
  upper("currency.code") as currency,
  total_amount as amount,
  description as category,
  state as status,
  _row, _batch_id
from purchase`;

/** A move has one payable line per instalment: the first is due first, one blocked line blocks. */
const invoice = `
with due as (
  select
    _batch_id, move,
    min(maturity_date) as due_on,
    bool_or(payment_blocked = 'true') as is_blocked
  from payable_line
  group by _batch_id, move
)
select
  invoice.id as invoice_id,
  invoice.company as company_id,
  invoice.party as vendor_id,
  invoice."purchases.first" as purchase_order_id,
  case when starts_with(invoice.total_amount, '-') then 'credit' else 'invoice' end as document_type,
  filled(invoice.reference) as invoice_number,
  filled(invoice.number) as document_number,
  invoice.invoice_date as invoiced_on,
  invoice.create_date as received_at,
  invoice.create_date as entered_at,
  invoice.create_uid as entered_by_id,
  invoice."move.date" as posted_on,
  due.due_on,
  upper(invoice."currency.code") as currency,
  invoice.total_amount as amount_gross,
  invoice.tax_amount as amount_tax,
  invoice.description,
  invoice.state as status,
  case when due.is_blocked then 'payment_blocked' end as payment_block,
  'millisecond' as time_precision,
  invoice._row, invoice._batch_id
from invoice
left join due on due._batch_id = invoice._batch_id and due.move = invoice.move`;

/** The newest of the vendor's accounts that were there at a time; a payment itself names none. */
const accountAt = (at: string): string => `(
    select arg_max(account_token(account.number_compact), (account.create_date, account.id::bigint))
    from bank_account as account
    where account._batch_id = payment._batch_id and account."account.owners.first" = payment.party
      and account.type = 'iban' and account.create_date <= ${at}
  )`;

/**
 * A draft waits for approval; the newest note of ours tells whether it is held or referred. The
 * version is the server's own time stamp of the row in microseconds, by which writing is guarded.
 */
const paymentRequest = `
with noted as (
  select
    _batch_id, "resource.id" as payment,
    arg_max(regexp_extract(message, ${decisionNote}, 1), (create_date, id::bigint)) as action
  from note
  where regexp_matches(message, ${decisionNote})
  group by _batch_id, "resource.id"
)
select
  payment.id as payment_request_id,
  payment.company as company_id,
  payment.party as vendor_id,
  case when starts_with(payment."line.move_origin", 'account.invoice,') then payment."line.move_origin.id" end as invoice_id,
  payment.create_uid as requested_by_id,
  payment.create_date as requested_at,
  payment.date as scheduled_on,
  case when payment."journal.process_method" = 'sepa' then 'sepa_credit_transfer' else 'other' end as channel,
  ${accountAt('payment.create_date')} as account_token,
  upper(payment."currency.code") as currency,
  payment.amount,
  case payment.state
    when 'draft' then case noted.action when 'hold' then 'held' when 'refer' then 'referred' else 'in_approval' end
    when 'submitted' then 'in_approval'
    when 'approved' then 'approved'
    when 'processing' then 'released'
    when 'succeeded' then 'paid'
    when 'failed' then 'cancelled'
    else payment.state
  end as status,
  coalesce(payment.write_date, payment.create_date) as status_at,
  (round(try_cast(payment._timestamp as decimal(20, 6)) * 1000000))::bigint::varchar as status_version,
  payment.description,
  'millisecond' as time_precision,
  payment._row, payment._batch_id
from payment
left join noted on noted._batch_id = payment._batch_id and noted.payment = payment.id`;

/** What vanished from the queue was deleted there: nothing of it will be paid. */
const gonePayment = `
select
  payment_request_id, company_id, vendor_id, invoice_id, requested_by_id, requested_at, scheduled_on,
  channel, account_token, currency, amount,
  'cancelled' as status,
  status_version,
  description,
  'millisecond' as time_precision,
  _row, _batch_id
from gone_payment`;

/** Once in a payment run it is on its way to the bank; the run says when and by whom. */
const payment = `
select
  payment.id as payment_id,
  payment.company as company_id,
  payment.party as vendor_id,
  case when starts_with(payment."line.move_origin", 'account.invoice,') then payment."line.move_origin.id" end as invoice_id,
  payment.id as payment_request_id,
  payment."group.rec_name" as payment_document,
  payment."group" as payment_run,
  payment.sepa_end_to_end_id as end_to_end_id,
  case when payment."journal.process_method" = 'sepa' then 'sepa_credit_transfer' else 'other' end as channel,
  ${accountAt('payment."group.create_date"')} as account_token,
  upper(payment."currency.code") as currency,
  payment.amount,
  payment."group.create_date" as executed_at,
  payment."group.create_uid" as executed_by_id,
  case payment.state when 'succeeded' then 'settled' when 'failed' then 'returned' else 'sent' end as status,
  'millisecond' as time_precision,
  payment._row, payment._batch_id
from payment
where payment."group" is not null`;

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
