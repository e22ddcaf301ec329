-- One row per payment request paid before its first positive decision.
with maybe_early as (
  select payment_request_key, vendor_key, first_approved_at, executed_at, time_precision
  from payment_flow
  where executed_at is not null and (
    first_approved_at is null or first_approved_at > executed_at
      or (time_precision = 'date' and first_approved_at::date > executed_at::date)
  )
),
programme as materialized (
  select invoice.payment_request_key, invoice.vendor_key, min(invoice.approved_at) as approved_at
  from invoice_flow as invoice
  semi join (select payment_request_key from maybe_early where first_approved_at is null) as undecided
    on undecided.payment_request_key = invoice.payment_request_key
  group by invoice.payment_request_key, invoice.vendor_key
),
-- Decisions of persons first; those of the approval programme where no person decided.
-- Few vendors are ever paid first: only theirs are put in order.
early_vendor as (
  select distinct early.vendor_key
  from maybe_early as early
  left join programme
    on programme.payment_request_key = early.payment_request_key and programme.vendor_key = early.vendor_key
  where early.executed_at >= $since::timestamp and (
    early.first_approved_at is not null or programme.approved_at is null or programme.approved_at > early.executed_at
      or early.time_precision = 'date'
  )
),
paid as (
  select
    flow.payment_request_key, flow.company_key, flow.vendor_key, flow.amount, flow.currency, flow.executed_at,
    coalesce(flow.first_approved_at, programme.approved_at) as first_approved_at,
    case
      when flow.time_precision = 'date'
        then coalesce(coalesce(flow.first_approved_at, programme.approved_at)::date > flow.executed_at::date, true)
      else coalesce(coalesce(flow.first_approved_at, programme.approved_at) > flow.executed_at, true)
    end as is_paid_first
  from payment_flow as flow
  semi join early_vendor on early_vendor.vendor_key = flow.vendor_key
  left join programme
    on programme.payment_request_key = flow.payment_request_key and programme.vendor_key = flow.vendor_key
  where flow.executed_at is not null
),
past as (
  select vendor_key, count(*) as past_count, count(*) filter (where is_paid_first) as past_paid_first_count
  from paid
  where executed_at < $since::timestamp
  group by vendor_key
),
profiled as (
  select
    paid.*,
    coalesce(past_count, 0) + count(*) over before as earlier_count,
    coalesce(past_paid_first_count, 0) + count(*) filter (where is_paid_first) over before as earlier_paid_first_count
  from paid
  left join past on past.vendor_key = paid.vendor_key
  where executed_at >= $since::timestamp
  window before as (
    partition by paid.vendor_key order by executed_at, payment_request_key
    rows between unbounded preceding and 1 preceding
  )
),
scored as (
  select
    *,
    earlier_paid_first_count / greatest(earlier_count, 1) as usual,
    case when first_approved_at > executed_at
      then date_diff('second', executed_at, first_approved_at) / 86400.0 end as late_days
  from profiled
  where is_paid_first
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.9 * (1 - usual) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.8, 'id': 'paid_before_approval',
      'values': json_object('paid_at', executed_at::varchar, 'request_amount', amount::varchar, 'currency', currency),
      'actual': round(coalesce(-late_days, 0), 2), 'usual_low': 0.0, 'usual_high': null, 'unit': 'days'
    },
    {
      'weight': 0.2, 'id': 'vendor_usually_approved_first',
      'values': json_object('paid_first_count', earlier_paid_first_count, 'earlier_count', earlier_count),
      'actual': earlier_paid_first_count::double, 'usual_low': null, 'usual_high': null, 'unit': 'count'
    }
  ] as reasons,
  [] as evidence_keys,
  executed_at as found_as_of
from scored
where usual < $usual_rate
