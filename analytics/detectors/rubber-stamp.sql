-- One row per decision that belongs to a burst too fast for reading.
with decision as (
  select
    step.event_key, step.payment_request_key, step.company_key, step.actor_key, step.occurred_at, step.amount,
    step.amount_base, step.currency,
    date_diff('millisecond', lag(step.occurred_at) over actor_order, step.occurred_at) / 1000.0 as after_seconds
  from approval_step as step
  join employee as person on person.employee_key = step.actor_key
  where step.action in ('approved', 'final_approved')
    and step.time_precision is distinct from 'date'
    and not coalesce(person.is_service_account, false)
    and step.occurred_at >= date_trunc('day', $since::timestamp)
  window actor_order as (partition by step.actor_key, step.occurred_at::date order by step.occurred_at, step.event_key)
),
-- A burst goes on while each decision follows the one before within the reading time.
marked as (
  select
    *,
    sum(if(coalesce(after_seconds between 0.001 and $reading_seconds, false), 0, 1)) over (
      partition by actor_key, occurred_at::date order by occurred_at, event_key
    ) as burst
  from decision
),
counted as (
  select
    *,
    row_number() over (partition by actor_key, occurred_at::date, burst order by occurred_at, event_key) as burst_position
  from marked
),
stamped as (
  select *, 1 - pow(0.75, burst_position) as score
  from counted
  where burst_position >= $burst_count and amount_base >= $minimum_amount
)
select
  actor_key as partition_key,
  event_key as subject_key,
  payment_request_key,
  company_key,
  null::uuid as vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.7, 'id': 'decided_in_burst',
      'values': json_object(
        'employee_key', actor_key::varchar, 'burst_count', burst_position, 'after_seconds', round(after_seconds, 1),
        'decided_at', occurred_at::varchar
      ),
      'actual': round(after_seconds, 1), 'usual_low': $reading_seconds::double, 'usual_high': null, 'unit': 'seconds'
    }
  ] as reasons,
  [] as evidence_keys,
  occurred_at as found_as_of
from stamped
