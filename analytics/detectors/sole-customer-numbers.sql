-- One row per run of consecutive invoice numbers of a vendor that are weeks apart.
with numbered as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, invoice_number, number_prefix, number_value, currency,
    amount_gross, amount_base, known_at, is_recurring
  from standing_invoice
  where number_value is not null and length(number_prefix) <= $most_prefix
),
-- Only vendors with a number that follows one of weeks before are put in order.
asked as (
  select distinct later.vendor_key
  from numbered as later
  join numbered as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.number_prefix = later.number_prefix
    and earlier.number_value = later.number_value - 1
    and earlier.known_at <= later.known_at - to_days($gap_days::integer)
  where later.known_at >= $since::timestamp and later.amount_base >= $minimum_amount and not later.is_recurring
),
followed as materialized (
  select
    *,
    lag(invoice_key) over vendor_order as last_key,
    coalesce(
      number_value = lag(number_value) over vendor_order + 1
        and number_prefix = lag(number_prefix) over vendor_order
        and known_at >= lag(known_at) over vendor_order + to_days($gap_days::integer),
      false
    ) as is_next
  from numbered
  semi join asked on asked.vendor_key = numbered.vendor_key
  window vendor_order as (partition by vendor_key order by known_at, invoice_key)
),
in_run as (
  select followed.*
  from followed
  where is_next or invoice_key in (select last_key from followed where is_next)
),
grouped as (
  select
    *,
    count(*) filter (not is_next) over (
      partition by vendor_key order by known_at, invoice_key rows between unbounded preceding and current row
    ) as run
  from in_run
),
placed as (
  select
    *,
    row_number() over run_order as run_count,
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
