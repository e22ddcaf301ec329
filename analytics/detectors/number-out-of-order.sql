-- One row per invoice whose number should have been used long before.
with series as (
  select
    *,
    row_number() over series_order - 1 as earlier_count,
    max(number_value) over before as highest_value,
    arg_max(invoiced_on, number_value) over before as highest_on,
    arg_max(invoice_key, number_value) over before as highest_key,
    arg_max(invoice_number, number_value) over before as highest_number
  from standing_invoice
  where number_value is not null and invoiced_on is not null
  window
    series_order as (partition by vendor_key, number_prefix, length(number_normal) order by known_at, invoice_key),
    before as (
      partition by vendor_key, number_prefix, length(number_normal) order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    )
),
judged as (
  select
    *,
    count(*) filter (number_value < highest_value) over (
      partition by vendor_key, number_prefix, length(number_normal) order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    ) as disorder_count
  from series
),
late as (
  select *, (disorder_count + 0.1) / (earlier_count + 5) as disorder_rate
  from judged
  where number_value < highest_value and invoiced_on >= highest_on + $late_days::integer
    and earlier_count >= $least_count and disorder_rate <= $most_rate and amount_base >= $minimum_amount
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.75 - 5 * disorder_rate as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'number_before_its_turn',
      'values': json_object('number', invoice_number, 'invoiced_on', invoiced_on::varchar, 'higher_number', highest_number, 'higher_on', highest_on::varchar),
      'actual': disorder_count + 1.0, 'usual_low': 0.0, 'usual_high': ceil(earlier_count * $most_rate)::double, 'unit': 'count'
    }
  ] as reasons,
  [highest_key] as evidence_keys,
  known_at as found_as_of
from late
