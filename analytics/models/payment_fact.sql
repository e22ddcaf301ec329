-- One row per payment.
-- is_late is null when no due date is known; fee and discount are null when unknown, never 0.
-- key: payment_key
-- touched by: payment.payment_key, payment_link.payment_key,
--   invoice.invoice_key via payment_link.invoice_key,
--   bank_match.payment_key,
--   settlement.end_to_end_id via payment.end_to_end_id,
--   fx_day.(currency, rate_on) via payment.(currency, executed_at::date),
--   fx_day.(currency, rate_on) via payment.(fee_currency, executed_at::date)
with matched_lines as (
  select payment_key, bank_line_key, currency, amount
  from bank_match
  where payment_key is not null
),
settled as (
  select end_to_end_id,
    arg_min(settlement_key, (settled_at, settlement_key)) as settlement_key,
    arg_min(currency, (settled_at, settlement_key)) as currency,
    arg_min(amount_gross, (settled_at, settlement_key)) as amount_gross
  from settlement
  where kind = 'payment' and end_to_end_id is not null
  group by end_to_end_id
)
select
  payment.payment_key,
  payment.company_key,
  payment_link.vendor_key,
  payment_link.invoice_key,
  payment.payment_request_key,
  payment.channel,
  payment.payment_run,
  payment.currency,
  payment.amount,
  case
    when payment.currency = group_currency.currency then payment.amount
    else (payment.amount * day_rate.rate)::decimal(18, 4)
  end as amount_base,
  case
    when payment.fee_amount is null then null
    when payment.fee_currency = group_currency.currency then payment.fee_amount
    else (payment.fee_amount * fee_rate.rate)::decimal(18, 4)
  end as fee_base,
  case
    when payment.currency = group_currency.currency then payment.discount_taken
    else (payment.discount_taken * day_rate.rate)::decimal(18, 4)
  end as discount_taken_base,
  payment.executed_at,
  payment.executed_at::date as executed_on,
  invoice.due_on,
  payment.executed_at::date > invoice.due_on as is_late,
  payment.payment_run is not null as in_run,
  matched_lines.bank_line_key,
  settled.settlement_key,
  coalesce(settled.amount_gross, matched_lines.amount) as settled_amount,
  coalesce(settled.currency, matched_lines.currency) as settled_currency,
  matched_lines.bank_line_key is not null or settled.settlement_key is not null as is_reconciled,
  payment.status
from payment
cross join group_currency
join payment_link using (payment_key)
left join invoice on invoice.invoice_key = payment_link.invoice_key
left join matched_lines on matched_lines.payment_key = payment.payment_key
left join settled on settled.end_to_end_id = payment.end_to_end_id
left join fx_day as day_rate
  on day_rate.currency = payment.currency and day_rate.rate_on = payment.executed_at::date
left join fx_day as fee_rate
  on fee_rate.currency = payment.fee_currency and fee_rate.rate_on = payment.executed_at::date
