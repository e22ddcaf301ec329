-- One row per urgent payment request whose due date needs no hurry.
with request as (
  select
    payment_request_key, company_key, vendor_key, requested_at, amount, amount_base, currency, urgent, due_on,
    date_diff('day', requested_at::date, due_on) as spare
  from payment_flow
),
-- Few vendors have such a request at all: only theirs are put in order.
hurried_vendor as (
  select distinct vendor_key
  from request
  where urgent and spare >= $spare_days and amount_base >= $minimum_amount and requested_at >= $since::timestamp
),
profiled as (
  select
    *,
    count(*) over before as earlier_count,
    count(*) filter (where urgent) over before as earlier_urgent_count
  from request
  semi join hurried_vendor on hurried_vendor.vendor_key = request.vendor_key
  window before as (
    partition by vendor_key order by requested_at, payment_request_key
    rows between unbounded preceding and 1 preceding
  )
),
hurried as (
  select
    *,
    1 - (earlier_urgent_count + 0.05) / (earlier_count + 1) as score
  from profiled
  where urgent and spare >= $spare_days and amount_base >= $minimum_amount
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.6, 'id': 'urgent_not_due',
      'values': json_object('due_on', due_on::varchar, 'spare_days', spare),
      'actual': spare::double, 'usual_low': null, 'usual_high': $spare_days::double, 'unit': 'days'
    },
    {
      'weight': 0.4, 'id': 'vendor_seldom_urgent',
      'values': json_object('urgent_count', earlier_urgent_count, 'earlier_count', earlier_count),
      'actual': earlier_urgent_count::double, 'usual_low': null, 'usual_high': null, 'unit': 'count'
    }
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from hurried
where score >= $least_score
