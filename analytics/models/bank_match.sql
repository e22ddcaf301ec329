-- One row per debit bank line, with the payment it carried out when one is found.
-- rule: end_to_end_id, or amount_and_date when line and payment are the only ones of their amount within five days.
-- key: currency, amount
-- touched by: bank_line.(currency, abs(amount)), payment.(currency, amount),
--   bank_reference_match.(line_currency, line_amount),
--   bank_reference_match.(payment_currency, payment_amount),
--   fx_day.(currency, rate_on) via bank_match.(currency, booked_on)
with lines as (
  select bank_line.*, reference.payment_key as reference_payment_key
  from bank_line
  left join bank_reference_match as reference using (bank_line_key)
  where bank_line.amount < 0 and coalesce(bank_line.status, 'booked') = 'booked'
),
free_payments as (
  select payment.payment_key, payment.company_key, payment.currency, payment.amount, payment.executed_at
  from payment
  left join bank_reference_match as reference using (payment_key)
  where reference.payment_key is null and coalesce(payment.status, 'sent') <> 'cancelled'
),
pairs as (
  select lines.bank_line_key, free_payments.payment_key,
    count(*) over (partition by lines.bank_line_key) as payments_of_line,
    count(*) over (partition by free_payments.payment_key) as lines_of_payment
  from lines
  join free_payments
    on free_payments.currency = lines.currency
    and free_payments.amount = -lines.amount
    and (lines.company_key is null or lines.company_key = free_payments.company_key)
    and lines.booked_on - free_payments.executed_at::date between 0 and 5
  where lines.reference_payment_key is null and not coalesce(lines.reversal, false)
),
by_amount as (
  select bank_line_key, payment_key
  from pairs
  where payments_of_line = 1 and lines_of_payment = 1
)
select
  lines.bank_line_key,
  coalesce(lines.reference_payment_key, by_amount.payment_key) as payment_key,
  case
    when lines.reference_payment_key is not null then 'end_to_end_id'
    when by_amount.payment_key is not null then 'amount_and_date'
  end as rule,
  lines.currency,
  -lines.amount as amount,
  case
    when lines.currency = group_currency.currency then -lines.amount
    else (-lines.amount * fx_day.rate)::decimal(18, 4)
  end as amount_base,
  lines.booked_on,
  lines.company_key
from lines
cross join group_currency
left join by_amount using (bank_line_key)
left join fx_day on fx_day.currency = lines.currency and fx_day.rate_on = lines.booked_on
