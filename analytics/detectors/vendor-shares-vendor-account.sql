-- One row per vendor and account of another vendor, at its first request to be paid there.
with holder as (
  select account_token, vendor_key, min(valid_from) as held_from, max(coalesce(valid_to, timestamp '9999-01-01')) as held_to
  from vendor_account
  group by all
),
shared as (
  select *, row_number() over (partition by account_token order by held_from, vendor_key) as place
  from holder
  qualify count(*) over (partition by account_token) > 1
),
first_request as (
  select * from payment_flow
  semi join shared on shared.account_token = payment_flow.account_token
  qualify row_number() over (
    partition by payment_flow.vendor_key, payment_flow.account_token order by requested_at, payment_request_key
  ) = 1
),
pair as (
  select
    request.payment_request_key, request.company_key, request.vendor_key, request.account_token, request.amount,
    request.currency, request.requested_at,
    earlier.vendor_key as earlier_vendor_key,
    earlier.held_from,
    earlier.held_to > request.requested_at as is_held
  from first_request as request
  join shared as later on later.account_token = request.account_token and later.vendor_key = request.vendor_key
  join shared as earlier on earlier.account_token = request.account_token and earlier.place = later.place - 1
  where later.place <= $most_count and earlier.held_from < request.requested_at
)
select
  account_token as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  if(is_held, 0.85, 0.6) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'account_of_vendor',
      'values': json_object('vendor_key', earlier_vendor_key::varchar, 'held_at', held_from::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    }
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from pair
