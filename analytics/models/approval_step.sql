-- One row per event of a trace, in the order of the trace.
-- wait_seconds: from the event before; with a date-only stamp on either side whole days, and null within one day.
-- key: source, process, trace_id
-- touched by: approval_event.(source, process, trace_id),
--   payment_request.payment_request_key via approval_event.payment_request_key,
--   fx_day.(currency, rate_on) via approval_event.(currency, occurred_at::date)
with events as (
  select
    approval_event_key,
    md5(concat_ws(chr(31), source, process, trace_id))::uuid as trace_key,
    activity, action, occurred_at, sequence, source_row,
    coalesce(time_precision, 'second') = 'date' as has_day_only
  from approval_event
),
-- Only what the order needs: sorting whole events takes twice as long.
ordered as (
  select
    approval_event_key,
    trace_key,
    row_number() over trace_order as position,
    lag(activity) over trace_order as previous_activity,
    lag(action) over trace_order as previous_action,
    lag(occurred_at) over trace_order as previous_at,
    has_day_only or coalesce(lag(has_day_only) over trace_order, false) as by_day,
    row_number() over (
      partition by trace_key, activity order by occurred_at, sequence, source_row, approval_event_key
    ) > 1 as is_repeat
  from events
  window trace_order as (
    partition by trace_key order by occurred_at, sequence, source_row, approval_event_key
  )
)
select
  event.approval_event_key as event_key,
  ordered.trace_key,
  event.source,
  event.process,
  event.trace_id,
  event.payment_request_key,
  coalesce(event.invoice_key, payment_request.invoice_key) as invoice_key,
  coalesce(event.company_key, payment_request.company_key) as company_key,
  ordered.position,
  event.activity,
  event.action,
  event.role,
  event.actor_key,
  event.on_behalf_of_key,
  event.occurred_at,
  event.assigned_at,
  ordered.previous_activity,
  ordered.previous_action,
  ordered.previous_at,
  case
    when ordered.by_day
      then nullif(event.occurred_at::date - ordered.previous_at::date, 0) * 86400::double
    else epoch_us(event.occurred_at - ordered.previous_at) / 1e6
  end as wait_seconds,
  ordered.is_repeat,
  event.amount,
  event.currency,
  case
    when event.currency = group_currency.currency then event.amount
    else (event.amount * fx_day.rate)::decimal(18, 4)
  end as amount_base,
  event.time_precision,
  event.source_row
from approval_event as event
cross join group_currency
join ordered using (approval_event_key)
left join payment_request on payment_request.payment_request_key = event.payment_request_key
left join fx_day on fx_day.currency = event.currency and fx_day.rate_on = event.occurred_at::date
