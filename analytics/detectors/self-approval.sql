-- One row per payment request approved by the person who asked for it or entered its invoice.
with approval as (
  select
    step.payment_request_key,
    step.actor_key,
    step.on_behalf_of_key,
    step.occurred_at,
    step.event_key,
    request.company_key,
    request.vendor_key,
    request.amount,
    request.amount_base,
    request.currency,
    step.actor_key = request.requested_by_key as is_requester,
    step.actor_key = request.entered_by_key as is_enterer
  from approval_step as step
  join payment_flow as request on request.payment_request_key = step.payment_request_key
  join employee as person on person.employee_key = step.actor_key
  where step.action in ('approved', 'final_approved', 'released')
    and not coalesce(person.is_service_account, false)
    and coalesce(request.amount_base, request.amount) >= $minimum_amount
    and step.actor_key in (request.requested_by_key, request.entered_by_key)
),
own as (
  select
    *,
    -- Whether somebody else had approved by then: the four-eyes rule may still have held.
    exists (
      select 1 from approval_step as other
      where other.payment_request_key = approval.payment_request_key
        and other.action in ('approved', 'final_approved')
        and other.actor_key <> approval.actor_key
        and other.occurred_at <= approval.occurred_at
    ) as has_other
  from approval
  qualify row_number() over (
    partition by payment_request_key order by is_requester desc, occurred_at, event_key
  ) = 1
)
select
  payment_request_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  if(is_requester, 0.95, 0.75) - if(has_other, 0.3, 0) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.8, 'id': if(is_requester, 'approved_own_request', 'approved_own_entry'),
      'values': json_object(
        'employee_key', actor_key::varchar, 'approved_at', occurred_at::varchar,
        'request_amount', amount::varchar, 'currency', currency
      ),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    case when on_behalf_of_key is not null then {
      'weight': 0.2, 'id': 'approved_through_delegation',
      'values': json_object('employee_key', on_behalf_of_key::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end,
    case when not has_other then {
      'weight': 0.2, 'id': 'no_second_approver', 'values': json_object(),
      'actual': 1.0, 'usual_low': 2.0, 'usual_high': null, 'unit': 'count'
    } end
  ] as reasons,
  [event_key] as evidence_keys,
  occurred_at as found_as_of
from own
