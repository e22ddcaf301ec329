-- One row per day of receipt, day of payment and company: invoices.
-- key: received_on
-- touched by: kpi_invoice.received_on
select
  received_on,
  company_key,
  paid_on,
  sum(received)::BIGINT as received,
from kpi_invoice
where received_on is not null
group by received_on, company_key, paid_on
