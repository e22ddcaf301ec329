-- One row per day of receipt and company: invoices and exceptions.
-- key: received_on
-- touched by: kpi_invoice.received_on
select
  received_on,
  company_key,
  sum(received)::BIGINT as received,
  sum(exception_known)::BIGINT as exception_known,
  sum(exception)::BIGINT as exception,
from kpi_invoice
where received_on is not null
group by received_on, company_key
