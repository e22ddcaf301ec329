-- One row per payment request in which one person held two duties that belong apart.
with person as (
  select employee_key from employee where not coalesce(is_service_account, false)
),
request as (
  select
    flow.*,
    vendor.created_by_key,
    date_diff('second', flow.vendor_created_at, flow.requested_at) / 86400.0 as vendor_age_days,
    date_diff('second', flow.account_known_since, flow.requested_at) / 86400.0 as account_age_days,
    coalesce(flow.account_requested_through, '') not in ('initial', 'migration')
      and flow.previous_account_token is not null as is_changed_account
  from payment_flow as flow
  left join vendor on vendor.vendor_key = flow.vendor_key
),
conflict as (
  select
    *, 'vendor_creator_entered' as pair, created_by_key as employee_key, 0.9 as score, requested_at as found_as_of
  from request
  where created_by_key in (entered_by_key, requested_by_key) and vendor_age_days between 0 and $window_days
  union all by name
  select
    *, 'vendor_creator_approved' as pair, created_by_key as employee_key, 0.92 as score, last_approved_at as found_as_of
  from request
  where list_contains(approver_keys, created_by_key) and vendor_age_days between 0 and $window_days
  union all by name
  select
    *, 'account_changer_approved' as pair, account_changed_by_key as employee_key, 0.95 as score,
    last_approved_at as found_as_of
  from request
  where is_changed_account and list_contains(approver_keys, account_changed_by_key)
    and account_age_days between 0 and $window_days
  union all by name
  select
    *, 'account_changer_requested' as pair, account_changed_by_key as employee_key, 0.9 as score,
    requested_at as found_as_of
  from request
  where is_changed_account and account_changed_by_key in (entered_by_key, requested_by_key)
    and account_age_days between 0 and $window_days
  union all by name
  select
    *, 'payer_approved' as pair, executed_by_key as employee_key, 0.8 as score, executed_at as found_as_of
  from request
  where list_contains(approver_keys, executed_by_key)
  union all by name
  select
    *, 'payer_entered' as pair, executed_by_key as employee_key, 0.75 as score, executed_at as found_as_of
  from request
  where executed_by_key in (entered_by_key, requested_by_key)
),
gravest as (
  select * from conflict
  semi join person on person.employee_key = conflict.employee_key
  where found_as_of is not null
  qualify row_number() over (partition by payment_request_key order by score desc, pair) = 1
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
      'weight': 1.0, 'id': pair,
      'values': json_object('employee_key', employee_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    }
  ] as reasons,
  [employee_key] as evidence_keys,
  found_as_of
from gravest
