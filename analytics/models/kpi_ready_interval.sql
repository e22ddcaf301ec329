-- One row per day of receipt, day of the last approval and company: invoices with a request.
-- key: approval_received_on
-- touched by: kpi_invoice.approval_received_on
select
  approval_received_on,
  company_key,
  ready_on,
  sum(approvals_due)::BIGINT as approvals_due,
from kpi_invoice
where approval_received_on is not null
group by approval_received_on, company_key, ready_on
