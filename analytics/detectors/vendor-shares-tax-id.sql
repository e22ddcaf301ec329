-- One row per vendor with the tax number of an earlier one.
with tax_payer as (
  select distinct
    tax_id, vendor_key, name, name_normal, created_at, payment_request_key, company_key, amount, currency, requested_at
  from vendor_name_block
  where length(regexp_replace(tax_id, '[^A-Za-z0-9]', '', 'g')) >= $least_length
),
sequenced as (
  select *, row_number() over (partition by tax_id order by created_at nulls first, vendor_key) as place
  from tax_payer
),
pair as (
  select
    later.*,
    earlier.vendor_key as earlier_vendor_key,
    jaro_winkler_similarity(later.name_normal, earlier.name_normal) as name_similarity,
    0.5 + if(name_similarity >= $alike_similarity, 0.4, 0) as score
  from sequenced as later
  join sequenced as earlier on earlier.tax_id = later.tax_id and earlier.place = later.place - 1
  where later.place <= $most_count and later.payment_request_key is not null
)
select
  tax_id as partition_key,
  vendor_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.7, 'id': 'same_tax_number',
      'values': json_object('vendor_key', earlier_vendor_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when name_similarity >= $alike_similarity then {
      'weight': 0.3, 'id': 'name_like_vendor',
      'values': json_object('vendor_key', earlier_vendor_key::varchar),
      'actual': round(name_similarity, 3), 'usual_low': 0.0, 'usual_high': $alike_similarity::double, 'unit': 'similarity'
    } end
  ] as reasons,
  [earlier_vendor_key] as evidence_keys,
  greatest(created_at, requested_at) as found_as_of
from pair
