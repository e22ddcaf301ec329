-- One row per payment request to an account that replaced another one and was replaced by it again.
with period as (
  select
    *,
    lag(account_token) over vendor_order as account_before,
    lead(account_token) over vendor_order as account_after,
    lead(valid_from) over vendor_order as changed_back_at
  from vendor_account
  window vendor_order as (partition by vendor_key order by valid_from, position, change_key)
),
between_two as (
  select
    *,
    date_diff('second', valid_from, changed_back_at) / 86400.0 as stood_days,
    coalesce(verified_at <= changed_back_at, false) as is_verified
  from period
  where account_before = account_after and account_token <> account_before
),
paid_between as (
  select
    request.*, period.stood_days, period.valid_from, period.changed_back_at, period.change_key,
    period.changed_by_key
  from payment_flow as request
  join between_two as period
    on period.vendor_key = request.vendor_key
    and period.account_token = request.account_token
    and request.requested_at >= period.valid_from
    and request.requested_at < period.changed_back_at
  where period.stood_days <= $window_days and not period.is_verified
  qualify row_number() over (partition by request.payment_request_key order by period.valid_from) = 1
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.97 - 0.2 * stood_days / $window_days as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.7, 'id': 'account_changed_back',
      'values': json_object('changed_at', valid_from::varchar, 'changed_back_at', changed_back_at::varchar),
      'actual': round(stood_days, 1), 'usual_low': $window_days::double, 'usual_high': null, 'unit': 'days'
    },
    {
      'weight': 0.3, 'id': 'account_not_verified', 'values': json_object(),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    }
  ] as reasons,
  [change_key] as evidence_keys,
  changed_back_at as found_as_of
from paid_between
