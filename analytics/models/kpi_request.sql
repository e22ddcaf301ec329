-- One row per payment request that was submitted.
-- key: payment_request_key
-- touched by: payment_flow.payment_request_key
--
-- decided_on  day of the final decision; null while it waits in approval, is held or referred
-- closed_on   day it was sent, rejected or cancelled; null while the money can still be stopped
-- account_changed  its account was changed within 30 days before the request; account_verified: and confirmed by then
with requested as (
  select
    *,
    account_known_since > requested_at - interval 30 day
      and account_known_since <= requested_at
      and coalesce(account_requested_through, '') not in ('initial', 'migration') as is_account_changed,
  from payment_flow
  where status <> 'draft'
)

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
  case when is_account_changed then 1 end::TINYINT as account_changed,
  case when is_account_changed then coalesce(account_verified_at <= requested_at, false)::TINYINT end as account_verified,
from requested
