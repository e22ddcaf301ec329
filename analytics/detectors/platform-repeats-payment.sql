-- One row per movement of money that repeats one of the same amount and payee seen by another door.
with movement as (
  select
    *,
    row_number() over amount_order - 1 as earlier_count
  from payment_movement
  where amount >= $minimum_amount
  window amount_order as (partition by company_key, currency, amount order by moved_at, movement_key)
  qualify count(*) over (partition by company_key, currency, amount) > 1
),
compared as (
  select
    later.*,
    earlier.movement_key as earlier_key,
    earlier.moved_at as earlier_at,
    earlier.origin as origin_before,
    earlier.channel as earlier_channel,
    coalesce(later.payment_request_key, earlier.payment_request_key) as shown_request_key,
    coalesce(later.vendor_key, earlier.vendor_key) as shown_vendor_key,
    date_diff('day', earlier.moved_at, later.moved_at) as gap_days,
    coalesce(later.vendor_key = earlier.vendor_key, false) as is_same_vendor,
    coalesce(later.account_token = earlier.account_token, false) as is_same_account,
    coalesce(later.reference = earlier.reference, false) as is_same_reference,
    coalesce(later.invoice_key = earlier.invoice_key, false) as is_same_invoice,
    jaro_winkler_similarity(lower(strip_accents(later.payee_name)), lower(strip_accents(earlier.payee_name))) as name_similarity
  from movement as later
  join movement as earlier
    on earlier.company_key = later.company_key
    and earlier.currency = later.currency
    and earlier.amount = later.amount
    and earlier.earlier_count < later.earlier_count
  where later.earlier_count <= $most_count and gap_days <= $window_days
),
pair as (
  select * from compared
  where origin = 'platform' and origin_before <> 'bank' and (is_same_reference or (amount % 10 <> 0 and earlier_count <= 2))
),
nearest as (
  select *, if(is_same_reference, 0.95, 0.6) - 0.2 * gap_days / $window_days as score
  from pair
  qualify row_number() over (partition by movement_key order by gap_days, earlier_key) = 1
)
select
  amount as partition_key,
  movement_key as subject_key,
  shown_request_key as payment_request_key,
  company_key,
  shown_vendor_key as vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.7, 'id': 'platform_line_repeats',
      'values': json_object('payment_amount', amount::varchar, 'currency', currency, 'earlier_at', earlier_at::varchar),
      'actual': gap_days::double, 'usual_low': null, 'usual_high': $window_days::double, 'unit': 'days'
    },
    case when is_same_reference then {
      'weight': 0.3, 'id': 'same_reference',
      'values': json_object('reference', reference),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  [earlier_key] as evidence_keys,
  moved_at as found_as_of
from nearest
