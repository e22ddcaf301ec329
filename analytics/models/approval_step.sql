-- One row per event of a trace, in the order of the trace.
-- wait_seconds: from the event before; with a date-only stamp on either side whole days, and null within one day.
-- key: source, process, trace_id
-- touched by: approval_event.(source, process, trace_id),
--   payment_request.payment_request_key via approval_event.payment_request_key,
--   fx_day.(currency, rate_on) via approval_event.(currency, occurred_at::date)
with events as (
  select
    approval_event.*,
    md5(concat_ws(chr(31), approval_event.source, process, trace_id))::uuid as trace_key,
    coalesce(approval_event.invoice_key, payment_request.invoice_key) as known_invoice_key,
    coalesce(approval_event.company_key, payment_request.company_key) as known_company_key
  from approval_event
  left join payment_request using (payment_request_key)
),
ordered as (
  select
    *,
    row_number() over trace_order as position,
    lag(activity) over trace_order as previous_activity,
    lag(action) over trace_order as previous_action,
    lag(occurred_at) over trace_order as previous_at,
    coalesce(time_precision, 'second') = 'date'
      or coalesce(lag(time_precision) over trace_order, 'second') = 'date' as by_day,
    row_number() over (
      partition by trace_key, activity order by occurred_at, sequence, source_row, approval_event_key
    ) > 1 as is_repeat
  from events
  window trace_order as (
    partition by trace_key order by occurred_at, sequence, source_row, approval_event_key
  )
)
select
  approval_event_key as event_key,
  trace_key,
  source,
  process,
  trace_id,
  payment_request_key,
  known_invoice_key as invoice_key,
  known_company_key as company_key,
  position,
  activity,
  action,
  role,
  actor_key,
  on_behalf_of_key,
  occurred_at,
  assigned_at,
  previous_activity,
  previous_action,
  previous_at,
  case
    when by_day then nullif(occurred_at::date - previous_at::date, 0) * 86400::double
    else epoch_us(occurred_at - previous_at) / 1e6
  end as wait_seconds,
  is_repeat,
  amount,
  ordered.currency,
  case
    when ordered.currency = group_currency.currency then amount
    else (amount * fx_day.rate)::decimal(18, 4)
  end as amount_base,
  time_precision,
  source_row
from ordered
cross join group_currency
left join fx_day on fx_day.currency = ordered.currency and fx_day.rate_on = occurred_at::date
