-- One row per invoice booked at a period end into another period than its own.
with placed as (
  select
    *,
    (day(posted_on) <= 3 or day(posted_on + 2) <= 2)
      and date_diff('month', invoiced_on, posted_on) not between 0 and 1 as is_displaced
  from standing_invoice
  where posted_on is not null and invoiced_on is not null
),
-- Only vendors with something to find are put in order.
asked as (
  select vendor_key
  from placed
  group by vendor_key
  having count(*) > $least_count and bool_or(
    is_displaced and amount_base >= $minimum_amount and greatest(known_at, posted_on::timestamp) >= $since::timestamp
  )
),
counted as (
  select
    *,
    row_number() over vendor_order - 1 as earlier_count,
    count(*) filter (is_displaced) over vendor_order - is_displaced::integer as displaced_count
  from placed
  semi join asked on asked.vendor_key = placed.vendor_key
  window vendor_order as (
    partition by vendor_key order by known_at, invoice_key rows between unbounded preceding and current row
  )
),
displaced as (
  select *, (displaced_count + 0.1) / (earlier_count + 5) as displaced_rate
  from counted
  where is_displaced and earlier_count >= $least_count and amount_base >= $minimum_amount
    and displaced_rate <= $most_rate
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.7 - 5 * displaced_rate as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'booked_in_other_period',
      'values': json_object('posted_on', posted_on::varchar, 'invoiced_on', invoiced_on::varchar, 'displaced_count', displaced_count, 'earlier_count', earlier_count),
      'actual': date_diff('month', invoiced_on, posted_on)::double, 'usual_low': 0.0, 'usual_high': 1.0, 'unit': 'months'
    }
  ] as reasons,
  [] as evidence_keys,
  greatest(known_at, posted_on::timestamp) as found_as_of
from displaced
