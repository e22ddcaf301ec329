-- One row per decision a person took on a step.
-- key: event_key
-- touched by: approval_step.event_key
--
-- ready_on         day the step was put before the person, else of the step before; null when neither is known
-- timed, quick     an approval whose wait is known to the second; it took less than a minute
with decided as (
  select
    *,
    coalesce(assigned_at, previous_at) as ready_at,
    case
      when action in ('approved', 'final_approved') and coalesce(time_precision, 'second') not in ('date', 'minute')
        then coalesce(epoch(occurred_at - assigned_at), wait_seconds)
    end as approval_seconds,
  from approval_step
  where action in ('approved', 'final_approved', 'rejected', 'returned')
)

select
  event_key,
  trace_id,
  process,
  company_key,
  role,
  actor_key,
  activity,
  action,
  1::TINYINT as decisions,
  (action in ('rejected', 'returned'))::TINYINT as rejected,
  (on_behalf_of_key is not null)::TINYINT as delegated,
  case when approval_seconds is not null then 1 end::TINYINT as timed,
  case when approval_seconds is not null then (approval_seconds < 60)::TINYINT end as quick,
  case when ready_at is not null then 1 end::TINYINT as tasks,
  ready_at::DATE as ready_on,
  occurred_at::DATE as decided_on,
from decided
