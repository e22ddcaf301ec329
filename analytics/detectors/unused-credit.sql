-- One row per credit note left open while its vendor was paid.
with document as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, reversal_of_key, invoice_number, currency, amount_gross,
    amount_base, paid_at, coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on) as known_at
  from invoice_flow
),
credit as (
  select * from document
  where amount_gross < 0 and reversal_of_key is null and payment_request_key is null and paid_at is null
    and -amount_base >= $minimum_amount
),
-- Where no credit is ever seen to be set off, an open one says nothing.
set_off as (
  select vendor_key, min(coalesce(paid_at, known_at)) as first_at
  from document
  where amount_gross < 0 and (paid_at is not null or payment_request_key is not null)
  group by vendor_key
),
free as (
  select credit.*
  from credit
  semi join set_off on set_off.vendor_key = credit.vendor_key and set_off.first_at <= credit.known_at
  anti join document as billed
    on billed.vendor_key = credit.vendor_key
    and billed.currency = credit.currency
    and billed.amount_gross = -credit.amount_gross
    and billed.known_at <= credit.known_at
),
paid as (
  select vendor_key, currency, paid_at, known_at as billed_at, invoice_key as paid_key, amount_gross as paid_amount
  from document
  semi join free on free.vendor_key = document.vendor_key
  where amount_gross > 0 and paid_at is not null
),
left_open as (
  select free.*, paid.paid_at as vendor_paid_at, paid.paid_key
  from free
  asof join paid
    on paid.vendor_key = free.vendor_key
    and paid.currency = free.currency
    and paid.paid_at >= free.known_at + to_days($open_days::integer)
  where paid.paid_amount >= -free.amount_gross
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.8 as score,
  -amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'credit_not_used',
      'values': json_object('credit_amount', (-amount_gross)::varchar, 'currency', currency, 'paid_at', vendor_paid_at::varchar, 'open_days', date_diff('day', known_at, vendor_paid_at)),
      'actual': date_diff('day', known_at, vendor_paid_at)::double, 'usual_low': 0.0, 'usual_high': $open_days::double, 'unit': 'days'
    }
  ] as reasons,
  [paid_key] as evidence_keys,
  vendor_paid_at as found_as_of
from left_open
