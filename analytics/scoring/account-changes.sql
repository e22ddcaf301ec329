-- One row per vendor, account and moment at which it became the account, oldest first: as in request_history.
with changes as (
  select
    vendor_key, account_token, changed_at, changed_by_key, requested_through, verified_at,
    bank_account_change_key,
    lag(account_token) over vendor_changes as previous_account_token
  from bank_account_change
  window vendor_changes as (partition by vendor_key order by changed_at, bank_account_change_key)
)
select
  vendor_key::varchar as vendor_key,
  @code(account_token) as account,
  @code(previous_account_token) as previous_account,
  changed_at,
  changed_by_key::varchar as changed_by_key,
  requested_through,
  verified_at
from changes
where account_token is not null
qualify row_number() over (
  partition by vendor_key, account_token, changed_at order by bank_account_change_key desc
) = 1
order by vendor_key, changed_at, bank_account_change_key
