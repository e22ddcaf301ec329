-- One row per payment that left; returned and cancelled ones are left out.
-- key: payment_key
-- touched by: payment_fact.payment_key,
--   fx_day.(currency, rate_on) via payment_fact.(settled_currency, executed_on)
--
-- fees_known  its fee is known; known_fee_base and fee_amount_base are fee and value of those
-- exchanged   settled in another currency: exchange_cost_base is its value at the mid rate of the day less the amount's
-- run_known   whether it left in a payment run is known; off_cycle: it did not
with settled as (
  select
    payment_fact.*,
    case
      when settled_currency <> payment_fact.currency and amount_base is not null then (
        abs(settled_amount)
        * case when settled_currency = group_currency.currency then 1::DECIMAL(18, 9) else fx_day.rate end
      )::DECIMAL(18, 4)
    end as settled_base,
  from payment_fact
  cross join group_currency
  left join fx_day on fx_day.currency = settled_currency and fx_day.rate_on = executed_on
  where status is null or status not in ('returned', 'cancelled')
)

select
  payment_key,
  company_key,
  vendor_key,
  channel,
  currency,
  amount,
  amount_base,
  fee_base,
  executed_on,
  1::TINYINT as payments,
  case when fee_base is not null and amount_base is not null then 1 end::TINYINT as fees_known,
  case when amount_base is not null then fee_base end as known_fee_base,
  case when fee_base is not null then amount_base end as fee_amount_base,
  is_reconciled::TINYINT as reconciled,
  case when is_reconciled is not null then 1 end::TINYINT as reconcilable,
  case when in_run is not null then 1 end::TINYINT as run_known,
  (not in_run)::TINYINT as off_cycle,
  case when channel is not null then 1 end::TINYINT as channel_known,
  (channel not in ('check', 'cash'))::TINYINT as electronic,
  case when settled_base is not null then 1 end::TINYINT as exchanged,
  case when settled_base is not null then settled_base - amount_base end::DECIMAL(18, 4) as exchange_cost_base,
  case when settled_base is not null then amount_base end as exchanged_base,
from settled
