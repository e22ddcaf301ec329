select
  'BC-' || vendor_no(vendor_k) || '-' || position::varchar as "Change No.", vendor_no(vendor_k) as "Vendor No.",
  account_change.account as "New Account", account_change.country as "Bank Country", bank_name(account_change.country) as "Bank Name",
  holder as "Account Holder", iso(utc(changed_at, zone)) as "Changed At (UTC)", changed_by as "Changed By",
  through as "Requested Through", iso(utc(verified_at, zone)) as "Verified At (UTC)", verified_by as "Verified By"
from account_change join vendor on vendor.k = vendor_k join company on company.company = vendor.company
where utc(changed_at, zone) <= getvariable('present')
order by vendor_k, position
