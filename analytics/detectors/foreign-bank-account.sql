-- One row per first request to an account in a country new to its vendor and not its own.
with abroad as (
  select
    account.vendor_key, account.account_token, account.valid_from, account.account_country, vendor.country, account.position,
    count(*) filter (account.account_country = vendor.country) over before as home_count,
    list_contains(
      ['AT', 'BE', 'BG', 'CH', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GB', 'GR', 'HR', 'HU', 'IE', 'IS', 'IT', 'LI',
        'LT', 'LU', 'LV', 'MC', 'MT', 'NL', 'NO', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK'],
      account.account_country
    ) as is_common_area
  from vendor_account as account
  join vendor on vendor.vendor_key = account.vendor_key
  where account.account_country is not null and vendor.country is not null
  window before as (
    partition by account.vendor_key order by account.valid_from, account.position
    rows between unbounded preceding and 1 preceding
  )
  qualify account.account_country <> vendor.country
    and row_number() over (
      partition by account.vendor_key, account.account_country order by account.valid_from, account.position
    ) = 1
),
request as (
  select
    request.*, abroad.account_country, abroad.country, abroad.home_count,
    0.4 + if(abroad.home_count > 0, 0.3, 0) + if(abroad.is_common_area, 0, 0.2) as score
  from payment_flow as request
  join abroad
    on abroad.vendor_key = request.vendor_key
    and abroad.account_token = request.account_token
    and abroad.valid_from <= request.requested_at
  qualify row_number() over (
    partition by request.vendor_key, request.account_token order by request.requested_at, request.payment_request_key
  ) = 1
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.7, 'id': 'account_abroad',
      'values': json_object('account_country', account_country, 'vendor_country', country),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when home_count > 0 then {
      'weight': 0.3, 'id': 'account_was_at_home',
      'values': json_object('home_count', home_count),
      'actual': 0.0, 'usual_low': 1.0, 'usual_high': home_count::double, 'unit': 'count'
    } end
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from request
where score >= $least_score and amount_base >= $minimum_amount
