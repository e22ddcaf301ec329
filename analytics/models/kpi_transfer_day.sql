-- One row per day, company and channel: payments sent, returned and free of error.
-- key: executed_on
-- touched by: payment_fact.executed_on
--
-- A payment without a status is in none of them: whether it came back is not known.
select
  executed_on,
  company_key,
  channel,
  count(*) filter (status <> 'cancelled') as transfers,
  count(*) filter (status = 'returned') as returned,
  count(status) as attempts,
  count(*) filter (status in ('sent', 'settled')) as error_free,
from payment_fact
where executed_on is not null and status is not null
group by executed_on, company_key, channel
