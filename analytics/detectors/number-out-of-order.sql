-- One row per invoice whose number should have been used long before.
with numbered as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, invoice_number, number_prefix,
    length(number_normal) as number_length, number_value, currency, amount_gross, amount_base, invoiced_on, known_at
  from standing_invoice
  where number_value is not null and invoiced_on is not null
),
past as (
  select vendor_key, number_prefix, number_length, count(*) as past_count, max(number_value) as past_highest_value
  from numbered
  where known_at < $since::timestamp
  group by vendor_key, number_prefix, number_length
),
series as (
  select
    numbered.*,
    coalesce(past_count, 0) + row_number() over series_order - 1 as earlier_count,
    greatest(past_highest_value, max(number_value) over before) as highest_value
  from numbered
  left join past
    on past.vendor_key = numbered.vendor_key
    and past.number_prefix = numbered.number_prefix
    and past.number_length = numbered.number_length
  where known_at >= $since::timestamp
  window
    series_order as (
      partition by numbered.vendor_key, numbered.number_prefix, numbered.number_length order by known_at, invoice_key
    ),
    before as (
      partition by numbered.vendor_key, numbered.number_prefix, numbered.number_length order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    )
),
-- Few are dated after it: only for those the invoice with the highest number is told, the first of several.
possible as (
  select series.*
  from series
  semi join numbered as highest
    on highest.vendor_key = series.vendor_key
    and highest.number_prefix = series.number_prefix
    and highest.number_length = series.number_length
    and highest.number_value = series.highest_value
    and highest.invoiced_on <= series.invoiced_on - $late_days::integer
  where series.number_value < series.highest_value and series.earlier_count >= $least_count
    and series.amount_base >= $minimum_amount
),
overtaken as (
  select
    possible.*,
    highest.invoiced_on as highest_on,
    highest.invoice_key as highest_key,
    highest.invoice_number as highest_number
  from possible
  join numbered as highest
    on highest.vendor_key = possible.vendor_key
    and highest.number_prefix = possible.number_prefix
    and highest.number_length = possible.number_length
    and highest.number_value = possible.highest_value
    and (highest.known_at, highest.invoice_key) < (possible.known_at, possible.invoice_key)
  qualify row_number() over (partition by possible.invoice_key order by highest.known_at, highest.invoice_key) = 1
),
dated as (
  select * from overtaken where invoiced_on >= highest_on + $late_days::integer
),
-- Only series with such an invoice are put in order whole.
ordered as (
  select
    invoice_key, vendor_key, number_prefix, number_length, known_at,
    coalesce(number_value < max(number_value) over (
      partition by vendor_key, number_prefix, number_length order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    ), false) as is_disordered
  from numbered
  semi join dated
    on dated.vendor_key = numbered.vendor_key
    and dated.number_prefix = numbered.number_prefix
    and dated.number_length = numbered.number_length
),
disordered as (
  select
    invoice_key,
    count(*) filter (is_disordered) over (
      partition by vendor_key, number_prefix, number_length order by known_at, invoice_key
      rows between unbounded preceding and current row
    ) - is_disordered::integer as disorder_count
  from ordered
),
judged as (
  select dated.*, disorder_count
  from dated
  join disordered on disordered.invoice_key = dated.invoice_key
),
late as (
  select *, (disorder_count + 0.1) / (earlier_count + 5) as disorder_rate
  from judged
  where disorder_rate <= $most_rate
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
