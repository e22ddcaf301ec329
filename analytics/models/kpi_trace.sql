-- One row per trace of an approval process.
-- key: trace_key
-- touched by: approval_trace.trace_key
--
-- first_pass  closed without a rejection or a repeated activity
select
  trace_key,
  trace_id,
  source,
  process,
  company_key,
  events,
  1::TINYINT as traces,
  case when not is_open then 1 end::TINYINT as closed,
  case when not is_open then (rework_steps > 0)::TINYINT end as reworked,
  case when not is_open then (rework_steps = 0 and rejections = 0)::TINYINT end as first_pass,
  started_at::DATE as started_on,
  case when not is_open then ended_at::DATE end as ended_on,
from approval_trace
