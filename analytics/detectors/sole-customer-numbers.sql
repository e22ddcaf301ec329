-- One row per run of consecutive invoice numbers of a vendor that are weeks apart.
with numbered as (
  select
    *,
    lag(invoice_key) over vendor_order as last_key,
    coalesce(
      number_value = lag(number_value) over vendor_order + 1
        and number_prefix = lag(number_prefix) over vendor_order
        and known_at >= lag(known_at) over vendor_order + to_days($gap_days::integer),
      false
    ) as is_next
  from standing_invoice
  where number_value is not null and length(number_prefix) <= $most_prefix
  window vendor_order as (partition by vendor_key order by known_at, invoice_key)
),
grouped as (
  select
    *,
    count(*) filter (not is_next) over (
      partition by vendor_key order by known_at, invoice_key rows between unbounded preceding and current row
    ) as run
  from numbered
),
placed as (
  select
    *,
    row_number() over run_order as run_count,
    sum(amount_gross) over run_order as run_amount,
    first_value(invoice_number) over run_order as first_number
  from grouped
  window run_order as (
    partition by vendor_key, run order by known_at, invoice_key rows between unbounded preceding and current row
  )
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.6 as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'numbers_follow',
      'values': json_object('first_number', first_number, 'number', invoice_number, 'run_count', run_count, 'gap_days', $gap_days::integer),
      'actual': run_count::double, 'usual_low': 1.0, 'usual_high': $least_count - 1.0, 'unit': 'count'
    }
  ] as reasons,
  [last_key] as evidence_keys,
  known_at as found_as_of
from placed
where run_count = $least_count and amount_base >= $minimum_amount and not is_recurring
