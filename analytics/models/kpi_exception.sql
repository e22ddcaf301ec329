-- One row per step that left the straight path: rejected, returned, blocked or changed.
-- key: event_key
-- touched by: approval_step.event_key
select
  event_key,
  trace_id,
  process,
  company_key,
  role,
  activity,
  action as cause,
  1::TINYINT as exceptions,
  occurred_at::DATE as occurred_on,
from approval_step
where action in ('rejected', 'returned', 'blocked', 'changed')
