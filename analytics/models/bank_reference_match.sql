-- One row per debit bank line that carries the reference of a payment; each payment is matched once.
-- key: end_to_end_id
-- touched by: bank_line.end_to_end_id, payment.end_to_end_id
with lines as (
  select bank_line_key, end_to_end_id, currency, abs(amount) as amount,
    row_number() over (partition by end_to_end_id order by booked_on, bank_line_key) as position
  from bank_line
  where amount < 0
    and coalesce(status, 'booked') = 'booked'
    and not coalesce(reversal, false)
    and end_to_end_id is not null
    and upper(end_to_end_id) not in ('NOTPROVIDED', 'NOT PROVIDED', 'NONREF', 'NONE')
),
payments as (
  select payment_key, end_to_end_id, currency, amount,
    row_number() over (partition by end_to_end_id order by executed_at, payment_key) as position
  from payment
  where end_to_end_id is not null and coalesce(status, 'sent') <> 'cancelled'
)
select
  lines.bank_line_key,
  payments.payment_key,
  lines.end_to_end_id,
  lines.currency as line_currency,
  lines.amount as line_amount,
  payments.currency as payment_currency,
  payments.amount as payment_amount
from lines
join payments using (end_to_end_id, position)
