-- One row per vendor account period: from one change to the next.
-- valid_to is the moment of the next change, null for the account of today.
-- key: vendor_key
-- touched by: bank_account_change.vendor_key
select
  vendor_key,
  account_token,
  changed_at as valid_from,
  lead(changed_at) over vendor_changes as valid_to,
  bank_account_change_key as change_key,
  changed_by_key,
  requested_through,
  verified_at,
  account_country,
  account_last4,
  bank_name,
  row_number() over vendor_changes as position
from bank_account_change
window vendor_changes as (partition by vendor_key order by changed_at, bank_account_change_key)
