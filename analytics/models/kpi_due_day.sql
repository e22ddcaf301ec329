-- One row per due day and company: invoices due and paid on time.
-- key: due_on
-- touched by: kpi_invoice.due_on
select
  due_on,
  company_key,
  sum(due)::BIGINT as due,
  sum(on_time)::BIGINT as on_time,
from kpi_invoice
where due_on is not null
group by due_on, company_key
