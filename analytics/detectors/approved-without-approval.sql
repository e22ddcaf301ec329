-- One row per payment request that stands as approved although no approval in force is recorded.
with request as (
  select *, coalesce(status_at, requested_at) as approved_at
  from payment_flow
  where status in ('approved', 'released')
),
decided as (
  select
    step.payment_request_key,
    max(step.occurred_at) filter (step.action in ('approved', 'final_approved', 'auto_approved')) as approval_given_at,
    max(step.occurred_at) filter (step.action in ('returned', 'rejected')) as last_returned_at,
    list(step.event_key order by step.occurred_at, step.event_key) as event_keys
  from approval_step as step
  join request using (payment_request_key)
  where step.occurred_at <= request.approved_at + interval 1 minute
  group by step.payment_request_key
)
select
  payment_request_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.93 as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.8, 'id': 'approved_without_decision',
      'values': json_object(
        'request_amount', amount::varchar, 'currency', currency, 'approved_at', approved_at::varchar
      ),
      'actual': 0.0, 'usual_low': 1.0, 'usual_high': null, 'unit': 'count'
    },
    case when approval_given_at is not null then {
      'weight': 0.2, 'id': 'approval_withdrawn',
      'values': json_object('returned_at', last_returned_at::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  event_keys as evidence_keys,
  approved_at as found_as_of
from request
join decided using (payment_request_key)
where approval_given_at is null or last_returned_at > approval_given_at
