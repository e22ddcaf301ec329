-- One row per payment request whose vendor got another bank account between the request and the payment.
with change as (
  select
    request.payment_request_key, request.company_key, request.vendor_key, request.requested_by_key, request.entered_by_key,
    request.amount, request.currency,
    account.valid_from as changed_at,
    account.changed_by_key,
    account.change_key,
    date_diff('second', request.requested_at, account.valid_from) / 86400.0 as wait_days
  from payment_flow as request
  join vendor_account as account
    on account.vendor_key = request.vendor_key
    and account.position > 1
    and account.valid_from > request.requested_at
    and (request.executed_at is null or account.valid_from < request.executed_at)
  where coalesce(request.executed_at, 'infinity') > $since::timestamp
    and request.status not in ('cancelled', 'rejected')
    and account.verified_at is null
    and account.requested_through is distinct from 'migration'
  qualify row_number() over (
    partition by request.payment_request_key order by account.valid_from, account.change_key
  ) = 1
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  if(changed_by_key = requested_by_key or changed_by_key = entered_by_key, 0.88, 0.8) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.6, 'id': 'account_changed_while_waiting',
      'values': json_object('changed_at', changed_at::varchar, 'wait_days', round(wait_days, 1)),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    {
      'weight': 0.3, 'id': 'account_not_verified', 'values': json_object(),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when changed_by_key = requested_by_key or changed_by_key = entered_by_key then {
      'weight': 0.1, 'id': 'account_changed_by_requester',
      'values': json_object('employee_key', changed_by_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  [] as evidence_keys,
  changed_at as found_as_of
from change
where wait_days <= $window_days
