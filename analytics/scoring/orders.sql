-- One row per purchase order in a range of keys.
select
  @key(purchase_order_key) as placed_order,
  @key(vendor_key) as vendor,
  @code(currency) as currency,
  (amount * 10000)::bigint as amount,
  created_at,
  @key(created_by_key) as created_by
from purchase_order
where purchase_order_key between $first_order::uuid and $last_order::uuid
