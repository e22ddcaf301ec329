-- One row per time money left, whichever source says so: payments of the books, and lines of bank and platform that fit none.
-- key: currency, amount
-- touched by: payment.(currency, amount), payment_fact.(currency, amount),
--   bank_match.(currency, amount), bank_line.(currency, abs(amount)), settlement.(currency, amount_gross),
--   vendor.vendor_key via payment_fact.vendor_key
-- origin      books, bank or platform
-- reference   what the payer wrote to recognise it
with booked as (
  select
    fact.payment_key as movement_key, 'books' as origin, payment.source, fact.company_key, fact.vendor_key,
    fact.payment_request_key, fact.invoice_key, fact.channel, payment.currency, payment.amount, fact.amount_base,
    payment.executed_at as moved_at,
    payment.account_token, payment.end_to_end_id as reference, vendor.name as payee_name
  from payment_fact as fact
  join payment on payment.payment_key = fact.payment_key
  left join vendor on vendor.vendor_key = fact.vendor_key
  where coalesce(payment.status, 'sent') in ('sent', 'settled') and payment.amount > 0
),
banked as (
  select
    line.bank_line_key, 'bank', line.source, line.company_key, null::uuid, null::uuid, null::uuid,
    null::varchar, line.currency, matched.amount, matched.amount_base, line.booked_on::timestamp,
    line.counterparty_token, line.end_to_end_id, line.counterparty_name
  from bank_match as matched
  join bank_line as line on line.bank_line_key = matched.bank_line_key
  where matched.payment_key is null and not coalesce(line.reversal, false)
),
-- The first line of a reference is the payment's own; another under the same reference is a second one.
settled as (
  select
    settlement.*,
    row_number() over (
      partition by end_to_end_id, currency, amount_gross order by settled_at, settlement_key
    ) as place
  from settlement
  where kind = 'payment' and amount_gross > 0 and settled_at is not null
),
platform as (
  select
    settled.settlement_key, 'platform', settled.source, settled.company_key, null::uuid, null::uuid, null::uuid,
    'payment_platform', settled.currency, settled.amount_gross, null::decimal(18, 4), settled.settled_at,
    null::varchar, settled.end_to_end_id, null::varchar
  from settled
  left join booked
    on booked.reference = settled.end_to_end_id
    and booked.currency = settled.currency
    and booked.amount = settled.amount_gross
  where booked.reference is null or settled.place > 1
)
select * from booked
union all
select * from banked
union all
select * from platform
