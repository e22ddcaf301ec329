-- One row per round amount and year that payments stay just below.
with paid as (
  select
    payment_key, payment_request_key, vendor_key, company_key, currency, amount, executed_at,
    date_trunc('quarter', executed_at) as quarter_at
  from payment_fact
  where amount > 0 and coalesce(status, 'sent') in ('sent', 'settled')
),
-- A year that ends with a quarter is judged once, by the first payment after it.
asked as (
  select
    company_key,
    coalesce(date_trunc('quarter', max(executed_at) filter (executed_at < $since::timestamp)), '-infinity') as first_quarter_at,
    date_trunc('quarter', max(executed_at)) as open_quarter_at
  from paid
  group by company_key
  having first_quarter_at < open_quarter_at
),
limits as (
  select (multiple * 10 ** power)::decimal(18, 4) as limit_amount
  from (values (1), (1.5), (2), (2.5), (3), (4), (5), (6), (7.5)) as multiples(multiple)
  cross join range(2, 7) as powers(power)
),
priced as (
  select
    paid.company_key, currency, quarter_at, amount, first_quarter_at, open_quarter_at, count(*) as amount_count
  from paid
  join asked on asked.company_key = paid.company_key and quarter_at >= first_quarter_at - interval 9 months
  group by all
),
near as (
  select priced.*, limit_amount, unnest([0, 1, 2, 3]) as later
  from priced
  join limits on amount >= 0.85 * limit_amount and amount <= 1.05 * limit_amount
),
priced_year as (
  select
    company_key, currency, limit_amount, quarter_at + to_months((3 * later)::integer) as year_quarter_at, amount,
    sum(amount_count) as amount_count
  from near
  where year_quarter_at >= first_quarter_at and year_quarter_at < open_quarter_at
  group by all
),
year as (
  select
    company_key, currency, limit_amount, year_quarter_at,
    sum(amount_count) filter (amount >= 0.95 * limit_amount and amount < limit_amount) as below_count,
    coalesce(sum(amount_count) filter (amount > limit_amount), 0) as above_count,
    coalesce(sum(amount_count) filter (amount < 0.95 * limit_amount), 0) as further_count,
    max(amount_count) filter (amount >= 0.95 * limit_amount and amount < limit_amount) as most_on_one,
    sum(amount * amount_count) filter (amount >= 0.95 * limit_amount and amount < limit_amount) as below_amount
  from priced_year
  group by all
),
avoided as (
  select *, 0.99 - 0.5 * (above_count + 1) / below_count * $least_factor / 5 as score
  from year
  where below_count >= $least_count
    and below_count >= $least_factor * (above_count + 1)
    and below_count >= $crowd_factor * further_count / 2
    and most_on_one <= below_count / 2
),
closed as (
  select avoided.*, min(paid.executed_at) as found_as_of
  from avoided
  join paid
    on paid.company_key = avoided.company_key and paid.executed_at >= avoided.year_quarter_at + interval 3 months
  group by all
),
last_below as (
  select closed.*, paid.payment_key, paid.payment_request_key, paid.vendor_key
  from closed
  join paid
    on paid.company_key = closed.company_key
    and paid.currency = closed.currency
    and paid.amount >= 0.95 * limit_amount and paid.amount < limit_amount
    and paid.executed_at < closed.year_quarter_at + interval 3 months
  qualify row_number() over (
    partition by closed.company_key, closed.currency, limit_amount, year_quarter_at
    order by paid.executed_at desc, paid.payment_key
  ) = 1
)
select
  company_key as partition_key,
  payment_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  below_amount * (below_count - above_count)::decimal(18, 4) / below_count::decimal(18, 4) as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'limit_avoided',
      'values': json_object('limit_amount', limit_amount::varchar, 'currency', currency, 'below_count', below_count::bigint, 'above_count', above_count::bigint),
      'actual': below_count::double, 'usual_low': 0.0, 'usual_high': above_count::double, 'unit': 'count'
    }
  ] as reasons,
  [] as evidence_keys,
  found_as_of as found_as_of
from last_below
