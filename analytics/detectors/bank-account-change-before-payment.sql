-- One row per payment request that would pay an account which replaced another one a short time before.
with request as (
  select
    *,
    date_diff('second', account_known_since, requested_at) / 86400.0 as age_days,
    account_verified_at is not null and account_verified_at <= requested_at as is_verified,
    account_requested_through in ('email', 'phone') as is_easily_forged,
    account_changed_by_key = requested_by_key or account_changed_by_key = entered_by_key as is_same_person
  from payment_flow
  where previous_account_token is not null
    and previous_account_token <> account_token
    and account_known_since <= requested_at
    and account_requested_through is distinct from 'migration'
    and account_requested_through is distinct from 'initial'
),
recent as (
  select
    *,
    0.62
      + 0.20 * (1 - age_days / $window_days)
      + if(account_requested_through = 'email', 0.10, if(is_easily_forged, 0.05, 0))
      + if(is_same_person, 0.06, 0)
      - 0.06 * least(payments_to_account_before, 3) as suspicion
  from request
  where age_days <= $window_days and not is_verified
    and payments_to_account_before < $proven_payments_count
)
select
  payment_request_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  suspicion as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.45, 'id': 'account_changed',
      'values': json_object(
        'changed_at', account_known_since::varchar, 'age_days', round(age_days, 1),
        'payments_before_count', coalesce(payments_to_account_before, 0)
      ),
      'actual': round(age_days, 1), 'usual_low': $window_days::double, 'usual_high': null, 'unit': 'days'
    },
    {
      'weight': 0.3, 'id': 'account_not_verified', 'values': json_object(),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when is_easily_forged then {
      'weight': 0.15, 'id': 'account_change_channel',
      'values': json_object('channel', account_requested_through),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end,
    case when is_same_person then {
      'weight': 0.1, 'id': 'account_changed_by_requester',
      'values': json_object('employee_key', account_changed_by_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from recent
