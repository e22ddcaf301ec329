-- One row per payment run, company and day it left.
-- key: executed_on
-- touched by: payment_fact.executed_on
with left_in_run as (
  select executed_on, company_key, payment_run, amount_base
  from payment_fact
  where payment_run is not null and (status is null or status not in ('returned', 'cancelled'))
)

select
  md5(concat_ws(chr(31), executed_on, company_key, payment_run))::UUID as run_key,
  executed_on,
  company_key,
  payment_run,
  1::TINYINT as runs,
  count(*) as payments,
  sum(amount_base)::DECIMAL(18, 4) as amount_base,
from left_in_run
group by executed_on, company_key, payment_run
