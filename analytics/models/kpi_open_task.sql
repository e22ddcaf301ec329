-- One row per request that waits in approval: the step it waits at has no decision yet.
-- key: payment_request_key
-- touched by: kpi_request.payment_request_key, approval_trace.payment_request_key
--
-- ready_on  day of the last step taken; without any step it is not known since when the next one waits
with traces as (
  select
    payment_request_key,
    arg_max(trace_id, (ended_at, trace_key)) as trace_id,
    arg_max(process, (ended_at, trace_key)) as process,
    arg_max(last_activity, (ended_at, trace_key)) as last_activity,
    max(ended_at)::DATE as ready_on,
  from approval_trace
  where payment_request_key is not null
  group by payment_request_key
)

select
  kpi_request.payment_request_key,
  kpi_request.company_key,
  traces.trace_id,
  traces.process,
  traces.last_activity,
  traces.ready_on,
  1::TINYINT as tasks,
from kpi_request
join traces on traces.payment_request_key = kpi_request.payment_request_key
where kpi_request.decided_on is null
