-- One row per company of which bank lines or settlements are known: the days they cover.
-- key: company_key
-- touched by: bank_line.company_key, settlement.company_key
with shown as (
  select
    company_key,
    booked_on as shown_on,
  from bank_line
  union all
  select
    company_key,
    settled_at::DATE as shown_on,
  from settlement
)

select
  company_key,
  min(shown_on) as first_on,
  max(shown_on) as last_on,
from shown
where company_key is not null and shown_on is not null
group by company_key
