-- One row per day of payment, company and channel: value, fees, exchange cost, electronic, reconciled and off-cycle payments.
-- key: executed_on
-- touched by: kpi_payment.executed_on
select
  executed_on,
  company_key,
  channel,
  sum(payments)::BIGINT as payments,
  sum(amount_base)::DECIMAL(18, 4) as amount_base,
  sum(fees_known)::BIGINT as fees_known,
  sum(known_fee_base)::DECIMAL(18, 4) as known_fee_base,
  sum(fee_amount_base)::DECIMAL(18, 4) as fee_amount_base,
  sum(reconcilable)::BIGINT as reconcilable,
  sum(reconciled)::BIGINT as reconciled,
  sum(run_known)::BIGINT as run_known,
  sum(off_cycle)::BIGINT as off_cycle,
  sum(channel_known)::BIGINT as channel_known,
  sum(electronic)::BIGINT as electronic,
  sum(exchanged)::BIGINT as exchanged,
  sum(exchange_cost_base)::DECIMAL(18, 4) as exchange_cost_base,
  sum(exchanged_base)::DECIMAL(18, 4) as exchanged_base,
from kpi_payment
where executed_on is not null
group by executed_on, company_key, channel
