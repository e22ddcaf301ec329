-- One row per vendor, currency, closed quarter and first two digits: the amounts of the year that ends with the quarter.
-- A quarter is closed when a later invoice of the vendor is known; only years with 300 amounts or more, recurring ones left out.
-- key: vendor_key
-- touched by: standing_invoice.vendor_key
-- found_as_of     when the first later invoice was known: from then on the year is complete
-- lowest_amount, highest_amount, year_count   of the whole year
with amount as (
  select
    vendor_key, company_key, currency, known_at, amount_gross,
    date_trunc('quarter', known_at) as quarter_at,
    left(ltrim(replace(amount_gross::varchar, '.', ''), '0') || '0', 2)::utinyint as first_two_digits
  from standing_invoice
  where not is_recurring and vendor_key is not null
),
large as (
  select vendor_key, currency from amount group by all having count(*) >= 300
),
quarter as (
  select
    vendor_key, currency, quarter_at, first_two_digits,
    count(*) as digit_count, sum(amount_gross) as digit_amount,
    min(amount_gross) as lowest_amount, max(amount_gross) as highest_amount,
    arg_max(company_key, (known_at, company_key)) as company_key
  from amount
  semi join large on large.vendor_key = amount.vendor_key and large.currency = amount.currency
  group by all
),
-- Each quarter counts in the four years that end with it and with the three after it.
spread as (
  select *, unnest([0, 1, 2, 3]) as later from quarter
),
year as (
  select
    vendor_key, currency, quarter_at + to_months((3 * later)::integer) as year_quarter_at, first_two_digits,
    sum(digit_count)::bigint as digit_count, sum(digit_amount)::decimal(18, 4) as digit_amount,
    min(lowest_amount) as lowest, max(highest_amount) as highest,
    max(company_key) as company_key
  from spread
  group by all
),
whole as (
  select
    *,
    sum(digit_count) over whole_year as year_count,
    min(lowest) over whole_year as lowest_amount,
    max(highest) over whole_year as highest_amount
  from year
  window whole_year as (partition by vendor_key, currency, year_quarter_at)
),
vendor_moment as (
  select distinct vendor_key, known_at from amount
),
closing as (
  select ended.vendor_key, ended.year_quarter_at, min(vendor_moment.known_at) as found_as_of
  from (select distinct vendor_key, year_quarter_at from whole where year_count >= 300) as ended
  join vendor_moment
    on vendor_moment.vendor_key = ended.vendor_key
    and vendor_moment.known_at >= ended.year_quarter_at + interval 3 months
  group by all
)
select
  whole.vendor_key,
  whole.company_key,
  whole.currency,
  whole.year_quarter_at::date as quarter_on,
  whole.first_two_digits,
  whole.digit_count,
  whole.digit_amount,
  whole.year_count::bigint as year_count,
  whole.lowest_amount,
  whole.highest_amount,
  closing.found_as_of
from whole
join closing on closing.vendor_key = whole.vendor_key and closing.year_quarter_at = whole.year_quarter_at
where whole.year_count >= 300
