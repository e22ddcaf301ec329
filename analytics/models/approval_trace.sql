-- One row per trace: a payment request's, an invoice's or another object's whole history.
-- is_open: the last event neither ends the process nor refuses it.
-- key: trace_key
-- touched by: approval_step.trace_key
with traces as (
  select
    trace_key,
    any_value(source) as source,
    any_value(process) as process,
    any_value(trace_id) as trace_id,
    arg_max(company_key, position) as company_key,
    arg_max(payment_request_key, position) as payment_request_key,
    arg_max(invoice_key, position) as invoice_key,
    count(*) as events,
    min(occurred_at) as started_at,
    max(occurred_at) as ended_at,
    bool_or(time_precision = 'date') as by_day,
    arg_max(activity, position) as last_activity,
    arg_max(action, position) as last_action,
    list(activity order by position) as variant,
    count(*) filter (is_repeat) as rework_steps,
    count(*) filter (action = 'rejected') as rejections,
    arg_max(amount_base, position) as amount_base
  from approval_step
  group by trace_key
)
select
  trace_key,
  source,
  process,
  trace_id,
  company_key,
  payment_request_key,
  invoice_key,
  events,
  started_at,
  ended_at,
  case
    when coalesce(by_day, false) then nullif(ended_at::date - started_at::date, 0) * 86400::double
    else epoch_us(ended_at - started_at) / 1e6
  end as duration_seconds,
  last_action not in (
    'final_approved', 'auto_approved', 'released', 'paid', 'settled', 'cancelled', 'rejected'
  ) as is_open,
  last_activity,
  md5(array_to_string(variant, chr(31)))::uuid as variant_key,
  variant,
  rework_steps,
  rejections,
  amount_base
from traces
