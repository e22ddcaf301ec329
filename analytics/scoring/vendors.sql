-- One row per vendor known to anything that is scored, by key: its place is its row.
select
  known.vendor_key::varchar as vendor_key,
  vendor.name,
  vendor.created_at,
  coalesce(vendor.one_time, false) as is_collective,
  coalesce(requested.request_count, 0)::bigint as request_count,
  coalesce(billed.invoice_count, 0)::bigint as invoice_count
from (
  select vendor_key from vendor
  union
  select vendor_key from payment_flow where vendor_key is not null
  union
  select vendor_key from duplicate_candidate where vendor_key is not null
) as known
left join vendor on vendor.vendor_key = known.vendor_key
left join (
  select vendor_key, count(*) as request_count from payment_flow where requested_at >= $history_from::timestamp group by all
) as requested on requested.vendor_key = known.vendor_key
left join (
  select vendor_key, count(*) as invoice_count from duplicate_candidate where known_at >= $history_from::timestamp group by all
) as billed on billed.vendor_key = known.vendor_key
order by known.vendor_key
