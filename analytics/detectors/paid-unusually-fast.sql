-- One row per payment that left far sooner than any of its vendor before.
with timed as (
  select
    payment_request_key, company_key, vendor_key, amount, currency, amount_base, executed_at, urgent,
    date_diff('second', received_at, executed_at) / 3600.0 as paid_hours
  from payment_flow
  where received_at is not null and executed_at >= received_at and time_precision is distinct from 'date'
),
asked as (
  select
    vendor_key,
    count(*) filter (executed_at < $since::timestamp) as past_count,
    min(paid_hours) filter (executed_at < $since::timestamp) as past_shortest_hours
  from timed
  group by vendor_key
  having count(*) > $least_count and min(paid_hours) filter (
    executed_at >= $since::timestamp and amount_base >= $minimum_amount
  ) < $fast_rate * coalesce(past_shortest_hours, max(paid_hours))
),
compared as (
  select
    timed.*,
    past_count + row_number() over (partition by timed.vendor_key order by executed_at, payment_request_key) - 1
      as earlier_count,
    least(past_shortest_hours, min(paid_hours) over before) as shortest_hours
  from timed
  join asked on asked.vendor_key = timed.vendor_key
  where executed_at >= $since::timestamp
  window before as (
    partition by timed.vendor_key order by executed_at, payment_request_key
    rows between unbounded preceding and 1 preceding
  )
),
fast as (
  select *, 0.5 + 0.4 * (1 - paid_hours / ($fast_rate * shortest_hours)) + if(coalesce(urgent, false), 0.05, 0) as score
  from compared
  where earlier_count >= $least_count and amount_base >= $minimum_amount and paid_hours < $fast_rate * shortest_hours
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'paid_sooner_than_ever',
      'values': json_object('paid_hours', round(paid_hours, 1), 'shortest_hours', round(shortest_hours, 1), 'earlier_count', earlier_count),
      'actual': round(paid_hours, 1), 'usual_low': round(shortest_hours, 1), 'usual_high': null, 'unit': 'hours'
    }
  ] as reasons,
  [] as evidence_keys,
  executed_at as found_as_of
from fast
