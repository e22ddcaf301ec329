-- One row per payment that left, of the vendors in a range, vendor by vendor, in the order in which they left.
select
  executed_at,
  @code(account_token) as account
from payment_link
where counts and vendor_key between $first_vendor::uuid and $last_vendor::uuid and executed_at is not null
order by payment_link.vendor_key, executed_at, payment_key
