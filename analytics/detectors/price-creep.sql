-- One row per invoice at the end of eight that grew step by step.
with asked as (
  select vendor_key, category, currency
  from standing_invoice
  group by vendor_key, category, currency
  having count(*) >= 8 and max(amount_gross) filter (
    known_at >= $since::timestamp and amount_base >= $minimum_amount
  ) > 1.02 * min(amount_gross)
),
stepped as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, category, currency, amount_gross, amount_base, known_at,
    amount_gross / lag(amount_gross) over series as step_factor
  from standing_invoice as invoice
  semi join asked
    on asked.vendor_key = invoice.vendor_key
    and invoice.category is not distinct from asked.category
    and asked.currency = invoice.currency
  window series as (partition by vendor_key, category, currency order by known_at, invoice_key)
),
watched as (
  select
    *,
    min(step_factor) over last_seven as least_step,
    max(step_factor) over last_seven as largest_step,
    count(step_factor) over last_seven as steps,
    first_value(amount_gross) over last_eight as first_amount,
    first_value(known_at) over last_eight as first_known_at
  from stepped
  window
    last_seven as (
      partition by vendor_key, category, currency order by known_at, invoice_key rows between 6 preceding and current row
    ),
    last_eight as (
      partition by vendor_key, category, currency order by known_at, invoice_key rows between 7 preceding and current row
    )
),
rising as (
  select * from watched
  where known_at >= $since::timestamp and steps = 7 and least_step >= 1 and largest_step <= 1.2 and amount_gross > 1.02 * first_amount
    and date_diff('day', first_known_at, known_at) >= 60 and amount_base >= $minimum_amount
),
point as (
  select
    rising.invoice_key,
    epoch(earlier.known_at) / 2629746 as at_month,
    ln(earlier.amount_gross::double) as log_amount
  from rising
  join standing_invoice as earlier
    on earlier.vendor_key = rising.vendor_key
    and earlier.category is not distinct from rising.category
    and earlier.currency = rising.currency
    and earlier.known_at between rising.first_known_at and rising.known_at
),
slope as (
  select
    left_point.invoice_key,
    median((right_point.log_amount - left_point.log_amount) / (right_point.at_month - left_point.at_month)) as month_rate
  from point as left_point
  join point as right_point
    on right_point.invoice_key = left_point.invoice_key and right_point.at_month > left_point.at_month
  group by left_point.invoice_key
),
creeping as (
  select rising.*, month_rate, 0.5 + 0.45 * (1 - $creep_rate / month_rate) as score
  from rising
  join slope on slope.invoice_key = rising.invoice_key
  where month_rate >= $creep_rate
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount_gross - first_amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'price_creeps',
      'values': json_object('first_amount', first_amount::varchar, 'invoice_amount', amount_gross::varchar, 'currency', currency, 'month_rate', round(month_rate, 4)),
      'actual': round(month_rate, 4), 'usual_low': 0.0, 'usual_high': $creep_rate::double, 'unit': 'rate'
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from creeping
