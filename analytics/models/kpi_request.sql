-- One row per payment request that was submitted.
-- key: payment_request_key
-- touched by: payment_flow.payment_request_key
--
-- decided_on  day of the final decision; null while it waits in approval, is held or referred
-- closed_on   day it was sent, rejected or cancelled; null while the money can still be stopped
select
  payment_request_key,
  payment_request_id,
  company_key,
  vendor_key,
  category,
  cost_center,
  channel,
  currency,
  status,
  amount,
  amount_base,
  1::TINYINT as requests,
  scheduled_on,
  requested_at::DATE as requested_on,
  case
    when status in ('approved', 'released', 'paid')
      then coalesce(last_approved_at, status_at, executed_at, requested_at)::DATE
    when status in ('rejected', 'cancelled') then coalesce(status_at, requested_at)::DATE
  end as decided_on,
  case
    when status in ('released', 'paid') then coalesce(executed_at, status_at, requested_at)::DATE
    when status in ('rejected', 'cancelled') then coalesce(status_at, requested_at)::DATE
  end as closed_on,
from payment_flow
where status <> 'draft'
