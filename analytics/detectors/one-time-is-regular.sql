-- One row per one-time vendor with the name of a regular one.
with whole_name as (
  select * from vendor_name_block where block = name_normal
),
pair as (
  select
    once.*,
    regular.vendor_key as regular_key
  from whole_name as once
  join whole_name as regular
    on regular.block = once.block
    and regular.vendor_key <> once.vendor_key
    and coalesce(regular.country = once.country, regular.country is null and once.country is null)
    and (regular.created_at <= once.requested_at or regular.created_at is null)
  where once.one_time and not coalesce(regular.one_time, false)
    and once.payment_request_key is not null and length(once.name_normal) >= $least_length
  qualify row_number() over (partition by once.vendor_key order by regular.created_at nulls last, regular.vendor_key) = 1
)
select
  block as partition_key,
  vendor_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.7 as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'name_of_regular_vendor',
      'values': json_object('vendor_key', regular_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    }
  ] as reasons,
  [regular_key] as evidence_keys,
  requested_at as found_as_of
from pair
