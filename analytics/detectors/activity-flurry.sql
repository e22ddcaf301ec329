-- One row per vendor and day on which requests came faster than ever.
with placed as (
  select
    payment_request_key, company_key, vendor_key, amount, currency, amount_base, requested_at,
    requested_at::date as requested_on,
    row_number() over vendor_order as vendor_place,
    row_number() over (partition by vendor_key, requested_at::date order by requested_at, payment_request_key) as day_count,
    sum(amount_base) over (partition by vendor_key, requested_at::date order by requested_at, payment_request_key) as day_amount_base,
    min(requested_at) over vendor_order as first_at
  from payment_flow
  where vendor_key is not null
  window vendor_order as (partition by vendor_key order by requested_at, payment_request_key)
),
judged as (
  select
    *,
    vendor_place - day_count as earlier_count,
    date_diff('day', first_at, requested_at) as known_days,
    earlier_count / greatest(known_days, 1) as day_rate,
    max(day_count) over (
      partition by vendor_key order by requested_on range between unbounded preceding and interval 1 day preceding
    ) as busiest_count,
    exp(-day_rate) * (exp(1) * day_rate / day_count) ** day_count as chance
  from placed
),
flurry as (
  select *, 0.95 - 0.4 * (busiest_count / day_count) as score
  from judged
  where earlier_count >= $least_count and known_days >= $least_days and day_count > day_rate
    and chance <= $most_chance and day_count > 1.5 * busiest_count and day_amount_base >= $minimum_amount
  qualify row_number() over (partition by vendor_key, requested_on order by day_count) = 1
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
      'weight': 1.0, 'id': 'many_in_a_day',
      'values': json_object('day_count', day_count, 'busiest_count', busiest_count, 'usual_rate', round(day_rate, 4)),
      'actual': day_count::double, 'usual_low': 0.0, 'usual_high': busiest_count::double, 'unit': 'count'
    }
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from flurry
