-- One row per vendor and closed year whose amounts end in some digits too often.
with ending as (
  select
    vendor_key, company_key, currency, known_at, amount_gross,
    date_trunc('year', known_at) as year_at,
    (amount_gross * 100 % 100)::integer as digits
  from standing_invoice
  where not is_recurring and vendor_key is not null
),
-- A year is judged once, by the vendor's first amount after it.
asked as (
  select
    vendor_key,
    coalesce(date_trunc('year', max(known_at) filter (known_at < $since::timestamp)), '-infinity') as first_year_at,
    date_trunc('year', max(known_at)) as open_year_at
  from ending
  group by vendor_key
  having first_year_at < open_year_at
),
odd as (
  select ending.*
  from ending
  join asked on asked.vendor_key = ending.vendor_key and year_at >= first_year_at and year_at < open_year_at
  where digits not in (0, 25, 49, 50, 75, 80, 90, 95, 98, 99)
),
digit as (
  select
    vendor_key, currency, year_at, digits, count(*) as digit_count, sum(amount_gross) as digit_amount,
    max(company_key) as company_key
  from odd
  semi join (select vendor_key, currency from odd group by all having count(*) >= $least_count) as large
    on large.vendor_key = odd.vendor_key and large.currency = odd.currency
  group by all
),
year as (
  select
    vendor_key, currency, year_at, max(company_key) as company_key,
    sum(digit_count)::bigint as year_count,
    90 * sum(digit_count * digit_count)::double / sum(digit_count)::double - sum(digit_count)::double as chi_square,
    (chi_square - 89) / sqrt(178) as z,
    arg_max(digits, (digit_count, digits)) as digits,
    max(digit_count) as digit_count,
    arg_max(digit_amount, (digit_count, digits)) as digit_amount
  from digit
  group by all
),
closed as (
  select year.*, min(ending.known_at) as found_as_of, 0.5 + 0.45 * (1 - $least_z / z) as score
  from year
  join ending on ending.vendor_key = year.vendor_key and ending.known_at >= year.year_at + interval 1 year
  where year_count >= $least_count and z >= $least_z
  group by all
)
select
  vendor_key as partition_key,
  vendor_key as subject_key,
  null::uuid as payment_request_key,
  company_key,
  vendor_key,
  score,
  digit_amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'amounts_end_alike',
      'values': json_object('digits', lpad(digits::varchar, 2, '0'), 'digit_count', digit_count, 'expected_count', round(year_count / 90)::bigint, 'year_count', year_count),
      'actual': digit_count::double, 'usual_low': 0.0, 'usual_high': round(year_count / 90 + 3 * sqrt(year_count / 90), 1), 'unit': 'count'
    }
  ] as reasons,
  [] as evidence_keys,
  found_as_of as found_as_of
from closed
