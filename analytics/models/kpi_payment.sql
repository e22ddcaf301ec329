-- One row per payment that left; returned and cancelled ones are left out.
-- key: payment_key
-- touched by: payment_fact.payment_key
--
-- fees_known  its fee is known; known_fee_base and fee_amount_base are fee and value of those
-- run_known   whether it left in a payment run is known; off_cycle: it did not
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
from payment_fact
where status is null or status not in ('returned', 'cancelled')
