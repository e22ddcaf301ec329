-- One row per currency: its rates to the group currency, day by day from the first.
select
  currency,
  min(rate_on)::timestamp as first_on,
  list(rate::double order by rate_on) as rates
from fx_day
where rate is not null
group by currency
