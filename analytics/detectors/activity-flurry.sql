-- One row per vendor and day on which requests came faster than ever.
with day as (
  select
    vendor_key, requested_at::date as requested_on, count(*) as total_count, min(requested_at) as first_at
  from payment_flow
  where vendor_key is not null and requested_at is not null
  group by vendor_key, requested_at::date
),
past as (
  select
    vendor_key, sum(total_count)::bigint as past_count, max(total_count) as past_busiest_count, min(first_at) as past_first_at
  from day
  where requested_on < $since::timestamp::date
  group by vendor_key
),
profiled as (
  select
    day.vendor_key, requested_on, total_count,
    coalesce(past_count, 0) + coalesce(sum(total_count) over before, 0)::bigint as earlier_count,
    greatest(past_busiest_count, max(total_count) over before) as busiest_count,
    date_diff('day', coalesce(past_first_at, min(first_at) over (partition by day.vendor_key)), requested_on::timestamp) as known_days,
    earlier_count / greatest(known_days, 1) as day_rate
  from day
  left join past on past.vendor_key = day.vendor_key
  where requested_on >= $since::timestamp::date
  window before as (
    partition by day.vendor_key order by requested_on rows between unbounded preceding and 1 preceding
  )
),
-- The last request of a day is the least likely: where it is none, no request of the day is a flurry.
asked as (
  select * from profiled
  where earlier_count >= $least_count and known_days >= $least_days and total_count > day_rate
    and exp(-day_rate) * (exp(1) * day_rate / total_count) ** total_count <= $most_chance
    and total_count > 1.5 * busiest_count
),
placed as (
  select
    payment_request_key, company_key, request.vendor_key, amount, currency, amount_base, requested_at, requested_on,
    earlier_count, busiest_count, known_days, day_rate,
    row_number() over day_order as day_count,
    sum(amount_base) over day_order as day_amount_base
  from payment_flow as request
  join asked on asked.vendor_key = request.vendor_key and asked.requested_on = request.requested_at::date
  window day_order as (
    partition by request.vendor_key, requested_on order by requested_at, payment_request_key
    rows between unbounded preceding and current row
  )
),
judged as (
  select *, exp(-day_rate) * (exp(1) * day_rate / day_count) ** day_count as chance
  from placed
),
flurry as (
  select *, 0.95 - 0.4 * (busiest_count / day_count) as score
  from judged
  where day_count > day_rate
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
