-- One row per company of which a bank line confirmed a payment: the days its statements cover.
-- key: company_key
-- touched by: payment_fact.company_key
select
  company_key,
  min(executed_on) as first_on,
  max(executed_on) as last_on,
from payment_fact
where company_key is not null and bank_line_key is not null
group by company_key
