-- One row per day of receipt, day of entry and company: invoices.
-- key: entry_received_on
-- touched by: kpi_invoice.entry_received_on
select
  entry_received_on,
  company_key,
  entered_on,
  sum(received)::BIGINT as received,
from kpi_invoice
where entry_received_on is not null
group by entry_received_on, company_key, entered_on
