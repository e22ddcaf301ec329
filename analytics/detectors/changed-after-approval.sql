-- One row per payment request whose amount was changed after its last approval.
with change as (
  select
    step.payment_request_key,
    step.event_key,
    step.occurred_at as changed_at,
    step.actor_key
  from approval_step as step
  where step.action = 'changed' and step.amount is not null
  qualify row_number() over (
    partition by step.payment_request_key order by step.occurred_at desc, step.event_key desc
  ) = 1
),
approved as (
  select payment_request_key, max(occurred_at) as approved_at, max_by(event_key, (occurred_at, event_key)) as event_key
  from approval_step
  where action in ('approved', 'final_approved', 'auto_approved')
  group by payment_request_key
)
select
  request.payment_request_key as partition_key,
  request.payment_request_key as subject_key,
  request.payment_request_key,
  request.company_key,
  request.vendor_key,
  if(change.actor_key = request.requested_by_key, 0.95, 0.9) as score,
  request.amount as amount_at_stake,
  request.currency,
  [
    {
      'weight': 0.8, 'id': 'amount_changed_after_approval',
      'values': json_object(
        'request_amount', request.amount::varchar, 'currency', request.currency,
        'changed_at', change.changed_at::varchar, 'approved_at', approved.approved_at::varchar
      ),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when change.actor_key = request.requested_by_key then {
      'weight': 0.2, 'id': 'changed_by_requester',
      'values': json_object('employee_key', change.actor_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  [approved.event_key, change.event_key] as evidence_keys,
  change.changed_at as found_as_of
from change
join approved using (payment_request_key)
join payment_flow as request using (payment_request_key)
where change.changed_at > approved.approved_at
  and request.status in ('approved', 'released', 'paid')
