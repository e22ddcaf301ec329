-- One row per invoice whose number the vendor used before with an amount mistyped or slightly changed.
with invoice as (
  select
    *,
    count(distinct invoiced_on) over (
      partition by vendor_key, number_normal order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    ) as earlier_dates
  from duplicate_candidate
  where is_comparable and length(number_normal) >= $least_length
),
pair as (
  select
    later.*,
    earlier.invoice_key as earlier_key,
    earlier.amount_gross as earlier_amount,
    earlier.invoiced_on as earlier_invoiced_on,
    earlier.known_at as earlier_known_at,
    abs(date_diff('day', earlier.invoiced_on, later.invoiced_on)) as gap_days,
    later.amount_digits = earlier.amount_digits as is_transposed,
    later.amount_gross::double / earlier.amount_gross::double - 1 as change_rate
  from invoice as later
  join invoice as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.number_normal = later.number_normal
    and earlier.currency = later.currency
    and earlier.amount_gross <> later.amount_gross
    and (earlier.known_at, earlier.invoice_key) < (later.known_at, later.invoice_key)
  where coalesce(gap_days, 0) <= $window_days
    and later.earlier_dates <= 2
    and (is_transposed or abs(change_rate) <= $tolerance_rate)
),
standing as (
  select * from pair
  where not exists (
    select 1 from duplicate_candidate as taken_back
    where taken_back.vendor_key = pair.vendor_key
      and taken_back.known_at <= coalesce(pair.requested_at, pair.known_at)
      and (
        taken_back.reversal_of_key in (pair.earlier_key, pair.invoice_key)
        or (
          taken_back.reversal_of_key is null
          and taken_back.amount_gross in (-pair.amount_gross, -pair.earlier_amount)
          and taken_back.currency = pair.currency
          and taken_back.known_at >= pair.earlier_known_at
        )
      )
  )
),
nearest as (
  select *, list(earlier_key) over (partition by invoice_key) as earlier_keys
  from standing
  qualify row_number() over (partition by invoice_key order by gap_days, earlier_known_at desc, earlier_key) = 1
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  if(is_transposed, 0.92, 0.85) + if(gap_days = 0, 0.05, 0) - 0.15 * coalesce(gap_days, 0) / $window_days as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 0.5, 'id': 'number_used_before',
      'values': json_object(
        'number', invoice_number, 'earlier_on', coalesce(earlier_invoiced_on, earlier_known_at::date)::varchar
      ),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    {
      'weight': 0.5, 'id': if(is_transposed, 'amount_transposed', 'amount_nearly_equal'),
      'values': json_object(
        'invoice_amount', amount_gross::varchar, 'earlier_amount', earlier_amount::varchar, 'currency', currency
      ),
      'actual': round(change_rate, 4), 'usual_low': null, 'usual_high': null, 'unit': 'rate'
    }
  ] as reasons,
  earlier_keys as evidence_keys,
  known_at as found_as_of
from nearest
