-- One row per day and currency: the latest known rate to the group currency.
-- rate is group currency per unit; a day before the first rate of a currency has no row. It is one digit
-- wider than DECIMAL(18,9) so that amount x rate is computed in 38 digits: in 18 it overflows from 922,337 on.
with pairs as (
  select rate_on, from_currency as currency, rate
  from fx_rate
  where to_currency = (select currency from group_currency) and rate > 0
  union all by name
  select rate_on, to_currency as currency, (1 / rate::double)::decimal(18, 9) as rate
  from fx_rate
  where from_currency = (select currency from group_currency) and rate > 0
),
rates as (
  select rate_on, currency, max(rate) as rate
  from pairs
  group by rate_on, currency
),
days as (
  select unnest(generate_series(
    (select min(rate_on) from rates),
    (select greatest(max(rate_on), (select max(as_of)::date from warehouse_state)) from rates),
    interval 1 day
  ))::date as rate_on
),
currencies as (
  select distinct currency from rates
)
select days.rate_on, currencies.currency, rates.rate::decimal(19, 9) as rate
from days
cross join currencies
asof join rates
  on rates.currency = currencies.currency and days.rate_on >= rates.rate_on
