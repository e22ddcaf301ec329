-- One row per request that repeats an odd amount of the same day for another payee.
with counted as (
  select
    payment_request_key, company_key, vendor_key, invoice_key, currency, amount, requested_at, requested_at::date as requested_on,
    vendor_name, account_token, invoice_number,
    row_number() over amount_order - 1 as earlier_count
  from payment_flow
  where amount > 0 and amount_base >= $minimum_amount and vendor_key is not null
  window amount_order as (partition by company_key, currency, amount order by requested_at, payment_request_key)
  qualify count(*) over (partition by company_key, currency, amount) > 1
),
pair as (
  select
    later.*,
    earlier.payment_request_key as earlier_key,
    earlier.vendor_key as earlier_vendor_key,
    coalesce(later.account_token = earlier.account_token, false) as is_same_account,
    coalesce(length(later.invoice_number) >= 5 and later.invoice_number = earlier.invoice_number, false) as is_same_number
  from counted as later
  join counted as earlier
    on earlier.company_key = later.company_key
    and earlier.currency = later.currency
    and earlier.amount = later.amount
    and earlier.requested_on = later.requested_on
    and earlier.vendor_key <> later.vendor_key
    and earlier.earlier_count < later.earlier_count
    and later.earlier_count - earlier.earlier_count <= 50
  where is_same_account or is_same_number
    or (later.amount % $round_amount <> 0 and later.earlier_count <= $most_count)
),
nearest as (
  select * from pair
  qualify row_number() over (
    partition by payment_request_key order by is_same_account desc, is_same_number desc, earlier_key
  ) = 1
)
select
  amount as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.5 + if(is_same_account, 0.3, 0) + if(is_same_number, 0.15, 0) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.6, 'id': 'same_amount_other_payee',
      'values': json_object('request_amount', amount::varchar, 'currency', currency, 'vendor_key', earlier_vendor_key::varchar, 'requested_at', requested_at::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when is_same_account then {
      'weight': 0.3, 'id': 'same_account',
      'values': json_object(),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end,
    case when is_same_number then {
      'weight': 0.3, 'id': 'same_number_other_payee',
      'values': json_object('number', invoice_number),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  [earlier_key] as evidence_keys,
  requested_at as found_as_of
from nearest
