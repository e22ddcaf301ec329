-- One row per payment request: what was known of its vendor and account when it was made.
-- Payments executed before requested_at count, and account changes saved by then; nothing later.
-- key: payment_request_key
-- touched by: payment_request.payment_request_key,
--   payment_link.vendor_key via payment_request.vendor_key when changed.executed_at < other.requested_at,
--   bank_account_change.vendor_key via payment_request.vendor_key when changed.changed_at <= other.requested_at
with vendor_payments as (
  select distinct vendor_key, executed_at,
    count(*) over (partition by vendor_key order by executed_at) as payments
  from payment_link
  where counts and vendor_key is not null
),
account_payments as (
  select distinct vendor_key, account_token, executed_at,
    count(*) over (partition by vendor_key, account_token order by executed_at) as payments
  from payment_link
  where counts and vendor_key is not null and account_token is not null
),
changes as (
  select
    vendor_key, account_token, changed_at, changed_by_key, requested_through, verified_at,
    bank_account_change_key,
    lag(account_token) over vendor_changes as previous_account_token,
    lag(changed_at) over vendor_changes as previous_account_since
  from bank_account_change
  window vendor_changes as (partition by vendor_key order by changed_at, bank_account_change_key)
),
account_changes as (
  select * from changes
  qualify row_number() over (
    partition by vendor_key, account_token, changed_at order by bank_account_change_key desc
  ) = 1
)
select
  request.payment_request_key,
  request.vendor_key,
  account_changes.changed_at as account_known_since,
  account_changes.changed_by_key as account_changed_by_key,
  account_changes.requested_through as account_requested_through,
  account_changes.verified_at as account_verified_at,
  account_changes.previous_account_token,
  account_changes.previous_account_since,
  case
    when request.vendor_key is not null and request.account_token is not null
      then coalesce(account_payments.payments, 0)
  end as payments_to_account_before,
  case when request.vendor_key is not null then coalesce(vendor_payments.payments, 0) end
    as payments_to_vendor_before,
  vendor_payments.executed_at as last_payment_to_vendor_at
from payment_request as request
asof left join account_changes
  on account_changes.vendor_key = request.vendor_key
  and account_changes.account_token = request.account_token
  and request.requested_at >= account_changes.changed_at
asof left join vendor_payments
  on vendor_payments.vendor_key = request.vendor_key
  and request.requested_at > vendor_payments.executed_at
asof left join account_payments
  on account_payments.vendor_key = request.vendor_key
  and account_payments.account_token = request.account_token
  and request.requested_at > account_payments.executed_at
