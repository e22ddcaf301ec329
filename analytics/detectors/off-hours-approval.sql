-- One row per decision of a person at an hour at which that person had hardly ever decided before.
with decision as (
  select
    step.event_key, step.actor_key, step.occurred_at, step.action, step.amount_base,
    coalesce(place.time_zone, 'UTC') as time_zone,
    time_bucket(interval 15 minutes, step.occurred_at) as quarter_at
  from approval_step as step
  join employee as person on person.employee_key = step.actor_key
  left join company as place on place.company_key = step.company_key
  where step.action in ('approved', 'final_approved', 'rejected', 'returned')
    and step.time_precision is distinct from 'date'
    and not coalesce(person.is_service_account, false)
),
-- Clocks change at quarters of an hour: local time is asked once for each.
clock as (
  select time_zone, quarter_at, timezone(time_zone, quarter_at::timestamptz) as local_at
  from (select distinct time_zone, quarter_at from decision)
),
located as not materialized (
  select
    decision.* exclude (time_zone, quarter_at),
    isodow(clock.local_at) >= 6 as is_weekend,
    hour(clock.local_at) as local_hour
  from decision
  join clock on clock.time_zone = decision.time_zone and clock.quarter_at = decision.quarter_at
),
-- What lies before the time asked about, counted once.
past as (
  select actor_key, local_hour, is_weekend, count(*) as decisions
  from located
  where occurred_at < $since::timestamp
  group by all
),
past_total as (
  select actor_key, sum(decisions) as decisions from past group by actor_key
),
past_days as (
  select actor_key, is_weekend, sum(decisions) as decisions from past group by all
),
past_hour as (
  select actor_key, local_hour, sum(decisions) as decisions from past group by all
),
past_near as (
  select actor_key, near_hour, sum(decisions) as decisions
  from (
    select actor_key, decisions, unnest([(local_hour + 23) % 24, local_hour, (local_hour + 1) % 24]) as near_hour
    from past_hour
  )
  group by all
),
placed as (
  select
    located.*,
    coalesce(past_total.decisions, 0)
      + row_number() over (partition by located.actor_key order by occurred_at, event_key) - 1 as earlier_count,
    coalesce(past_hour.decisions, 0)
      + row_number() over (partition by located.actor_key, located.local_hour order by occurred_at, event_key) - 1
      as same_hour_count,
    coalesce(past_days.decisions, 0)
      + row_number() over (partition by located.actor_key, located.is_weekend order by occurred_at, event_key) - 1
      as same_days_count
  from located
  left join past_total on past_total.actor_key = located.actor_key
  left join past_hour on past_hour.actor_key = located.actor_key and past_hour.local_hour = located.local_hour
  left join past_days on past_days.actor_key = located.actor_key and past_days.is_weekend = located.is_weekend
  where located.occurred_at >= $since::timestamp
),
-- Hours of a person worth counting: with their neighbours they can only be more usual.
seldom as (
  select actor_key, local_hour
  from placed
  where earlier_count >= $least_count
    and action in ('approved', 'final_approved') and amount_base >= $minimum_amount
    and least(same_hour_count, if(is_weekend, same_days_count, null)) + 0.1 <= $most_rate * (earlier_count + 1)
),
-- Each decision counts for its own hour and for the two beside it.
beside as (
  select
    event_key, actor_key, occurred_at, local_hour,
    unnest([(local_hour + 23) % 24, local_hour, (local_hour + 1) % 24]) as near_hour
  from placed
),
near as (
  select beside.*
  from beside
  semi join seldom on seldom.actor_key = beside.actor_key and seldom.local_hour = beside.near_hour
),
counted as (
  select
    event_key,
    count(*) over (
      partition by actor_key, near_hour order by occurred_at, event_key
      rows between unbounded preceding and 1 preceding
    ) as later_near_count
  from near
  qualify near_hour = local_hour
),
rare as (
  select
    placed.* exclude (action, amount_base),
    coalesce(past_near.decisions, 0)::bigint + counted.later_near_count as near_count,
    (near_count + 0.1) / (placed.earlier_count + 1) as hour_rate,
    case when placed.is_weekend then (placed.same_days_count + 0.1) / (placed.earlier_count + 1) end as weekend_rate,
    least(hour_rate, weekend_rate) as rare_rate
  from placed
  join counted on counted.event_key = placed.event_key
  left join past_near on past_near.actor_key = placed.actor_key and past_near.near_hour = placed.local_hour
  where placed.earlier_count >= $least_count
    and rare_rate <= $most_rate
    and placed.action in ('approved', 'final_approved')
    and placed.amount_base >= $minimum_amount
),
found as (
  select rare.*, step.payment_request_key, step.company_key, step.amount, step.currency
  from rare
  join approval_step as step on step.event_key = rare.event_key
)
select
  actor_key as partition_key,
  event_key as subject_key,
  payment_request_key,
  company_key,
  null::uuid as vendor_key,
  1 - 20 * rare_rate as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1 - hour_rate, 'id': 'person_seldom_works_hour',
      'values': json_object(
        'employee_key', actor_key::varchar, 'local_hour', local_hour, 'near_count', near_count,
        'earlier_count', earlier_count, 'decided_at', occurred_at::varchar
      ),
      'actual': round(hour_rate, 5), 'usual_low': $most_rate::double, 'usual_high': 1.0, 'unit': 'rate'
    },
    case when is_weekend then {
      'weight': 1 - weekend_rate, 'id': 'person_seldom_works_weekend',
      'values': json_object(
        'employee_key', actor_key::varchar, 'weekend_count', same_days_count, 'earlier_count', earlier_count
      ),
      'actual': round(weekend_rate, 5), 'usual_low': $most_rate::double, 'usual_high': 1.0, 'unit': 'rate'
    } end
  ] as reasons,
  [] as evidence_keys,
  occurred_at as found_as_of
from found
