-- One row per vendor and year whose first digits deviate from Benford's law.
with digit as (
  select
    vendor_key, currency, quarter_on, first_two_digits // 10 as digit, max(company_key) as company_key,
    max(year_count) as year_count, max(found_as_of) as found_as_of,
    sum(digit_count) as digit_count, sum(digit_amount) as digit_amount
  from vendor_digit
  where year_count >= $least_count and highest_amount >= $least_span * lowest_amount
  group by all
),
expected as (
  select digit, log10(1 + 1.0 / digit) as expected_rate from range(1, 10) as digits(digit)
),
compared as (
  select
    digit.*,
    digit_count / year_count as digit_rate,
    expected_rate,
    digit_count - expected_rate * year_count as excess_count
  from digit
  join expected on expected.digit = digit.digit
),
deviating as (
  select
    vendor_key, currency, quarter_on, max(company_key) as company_key,
    max(year_count) as year_count, max(found_as_of) as found_as_of,
    -- Digits that never come deviate by all that is expected of them.
    (sum(abs(digit_rate - expected_rate)) + 1 - sum(expected_rate)) / 9 as deviation,
    arg_max(digit, excess_count) as digit,
    arg_max(digit_count, excess_count) as digit_count,
    max(excess_count) as excess_count,
    arg_max(digit_amount * excess_count::decimal(18, 4) / digit_count, excess_count) as excess_amount
  from compared
  group by all
),
beyond as (
  select *, 0.5 + 0.45 * (1 - $most_deviation / deviation) as score
  from deviating
  where deviation >= $most_deviation and deviation >= 2 * 0.24 / sqrt(year_count)
)
select
  vendor_key as partition_key,
  vendor_key as subject_key,
  null::uuid as payment_request_key,
  company_key,
  vendor_key,
  score,
  excess_amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'first_digits',
      'values': json_object('digits', digit::varchar, 'digit_count', digit_count::bigint, 'expected_count', round(digit_count - excess_count)::bigint, 'year_count', year_count),
      'actual': round(deviation, 5), 'usual_low': 0.0, 'usual_high': $most_deviation::double, 'unit': 'deviation'
    }
  ] as reasons,
  [] as evidence_keys,
  found_as_of as found_as_of
from beyond
