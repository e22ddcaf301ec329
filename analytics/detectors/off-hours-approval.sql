-- One row per decision of a person at an hour at which that person had hardly ever decided before.
with decision as (
  select
    step.*,
    timezone(coalesce(place.time_zone, 'UTC'), step.occurred_at::timestamptz) as local_at
  from approval_step as step
  join employee as person on person.employee_key = step.actor_key
  left join company as place on place.company_key = step.company_key
  where step.action in ('approved', 'final_approved', 'rejected', 'returned')
    and step.time_precision is distinct from 'date'
    and not coalesce(person.is_service_account, false)
),
placed as (
  select
    event_key, actor_key, occurred_at,
    isodow(local_at) >= 6 as is_weekend,
    hour(local_at) as local_hour,
    row_number() over actor_order - 1 as earlier_count,
    count(*) filter (isodow(local_at) >= 6) over (
      partition by actor_key order by occurred_at, event_key
      rows between unbounded preceding and 1 preceding
    ) as weekend_count
  from decision
  window actor_order as (partition by actor_key order by occurred_at, event_key)
),
-- Each decision counts for its own hour and for the two beside it.
near as (
  select *, unnest([(local_hour + 23) % 24, local_hour, (local_hour + 1) % 24]) as near_hour from placed
),
counted as (
  select
    * exclude (actor_key, occurred_at),
    count(*) over (
      partition by actor_key, near_hour order by occurred_at, event_key
      rows between unbounded preceding and 1 preceding
    ) as near_count
  from near
  qualify near_hour = local_hour
),
found as (
  select
    decision.*, counted.* exclude (event_key),
    (counted.near_count + 0.1) / (counted.earlier_count + 1) as hour_rate,
    case when counted.is_weekend then (counted.weekend_count + 0.1) / (counted.earlier_count + 1) end as weekend_rate,
    least(hour_rate, weekend_rate) as rare_rate
  from counted
  join decision on decision.event_key = counted.event_key
  where counted.earlier_count >= $least_count
    and rare_rate <= $most_rate
    and decision.action in ('approved', 'final_approved')
    and decision.amount_base >= $minimum_amount
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
        'employee_key', actor_key::varchar, 'weekend_count', weekend_count, 'earlier_count', earlier_count
      ),
      'actual': round(weekend_rate, 5), 'usual_low': $most_rate::double, 'usual_high': 1.0, 'unit': 'rate'
    } end
  ] as reasons,
  [] as evidence_keys,
  occurred_at as found_as_of
from found
