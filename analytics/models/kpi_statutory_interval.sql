-- One row per first day past the statutory limit, day of payment and company: invoices and their value.
-- key: statutory_on
-- touched by: kpi_invoice.statutory_on
select
  statutory_on,
  company_key,
  paid_on,
  sum(received)::BIGINT as received,
  sum(amount_base)::DECIMAL(18, 4) as amount_base,
from kpi_invoice
where statutory_on is not null
group by statutory_on, company_key, paid_on
