-- One row per first day overdue, day of payment and company: invoices and their value.
-- key: overdue_on
-- touched by: kpi_invoice.overdue_on
select
  overdue_on,
  company_key,
  paid_on,
  sum(received)::BIGINT as received,
  sum(amount_base)::DECIMAL(18, 4) as amount_base,
from kpi_invoice
where overdue_on is not null
group by overdue_on, company_key, paid_on
