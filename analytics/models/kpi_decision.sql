-- One row per decision a person took on a step.
-- key: event_key
-- touched by: approval_step.event_key
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
  occurred_at::DATE as decided_on,
from approval_step
where action in ('approved', 'final_approved', 'rejected', 'returned')
