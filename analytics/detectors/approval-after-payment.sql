-- One row per payment request paid before its first positive decision.
with undecided as (
  select payment_request_key from payment_flow where executed_at is not null and first_approved_at is null
),
programme as (
  select invoice.payment_request_key, invoice.vendor_key, min(invoice.approved_at) as approved_at
  from invoice_flow as invoice
  semi join undecided on undecided.payment_request_key = invoice.payment_request_key
  group by invoice.payment_request_key, invoice.vendor_key
),
-- Decisions of persons first; those of the approval programme where no person decided.
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
  left join programme
    on programme.payment_request_key = flow.payment_request_key and programme.vendor_key = flow.vendor_key
  where flow.executed_at is not null
),
-- Few vendors are ever paid first: only theirs are put in order.
early_vendor as (
  select distinct vendor_key from paid where is_paid_first
),
profiled as (
  select
    *,
    count(*) over before as earlier_count,
    count(*) filter (where is_paid_first) over before as earlier_paid_first_count
  from paid
  semi join early_vendor on early_vendor.vendor_key = paid.vendor_key
  window before as (
    partition by vendor_key order by executed_at, payment_request_key
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
