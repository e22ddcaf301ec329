-- One row per finally approved payment request whose approvers' limits do not reach its amount.
with authority as (
  select employee_key, approval_limit, limit_currency from employee
),
positive as (
  select payment_request_key, event_key, occurred_at, action, actor_key, on_behalf_of_key
  from approval_step
  where action in ('approved', 'final_approved', 'auto_approved') and payment_request_key in (
    select payment_request_key from approval_step
    where action in ('approved', 'final_approved', 'auto_approved') and occurred_at >= $since::timestamp
  )
),
-- Most requests lie within the limit of one of their own approvers, in their own currency.
covered as (
  select positive.payment_request_key
  from positive
  join authority on authority.employee_key = positive.actor_key
  join payment_flow as flow
    on flow.payment_request_key = positive.payment_request_key
    and flow.currency = authority.limit_currency
  where flow.amount::double <= authority.approval_limit::double * (1 + $tolerance_rate)
),
-- Whose authority a decision could rest on: the person's own, that of the person represented, that of whoever lent theirs.
candidate as (
  select
    step.payment_request_key, step.event_key, step.occurred_at, step.action, step.actor_key,
    unnest([step.actor_key, step.on_behalf_of_key, lent.from_employee_key]) as authority_key
  from positive as step
  anti join covered on covered.payment_request_key = step.payment_request_key
  left join delegation as lent
    on lent.to_employee_key = step.actor_key
    and step.occurred_at::date between lent.valid_from_on and coalesce(lent.valid_to_on, date '9999-12-31')
),
decision as (
  select candidate.*, authority.approval_limit, authority.limit_currency
  from candidate
  join authority on authority.employee_key = candidate.authority_key
),
request as (
  select *, amount_base / nullif(amount, 0) as request_rate from payment_flow where amount > 0
),
authorised as (
  select
    request.payment_request_key,
    max(decision.occurred_at) as decided_at,
    bool_or(decision.action = 'final_approved') as is_final,
    -- The largest authority in the request's currency; unknown limits are unknown, not zero.
    max(case
      when decision.limit_currency = request.currency then decision.approval_limit::double
      else decision.approval_limit::double * fx.rate::double / request.request_rate::double
    end) as authority_amount,
    arg_max(decision.actor_key, (decision.occurred_at, decision.event_key)) as last_actor_key,
    list(distinct decision.event_key order by decision.event_key) as event_keys
  from request
  join decision on decision.payment_request_key = request.payment_request_key
  left join fx_day as fx
    on fx.currency = decision.limit_currency
    and fx.rate_on = decision.occurred_at::date
  group by all
)
select
  request.payment_request_key as partition_key,
  request.payment_request_key as subject_key,
  request.payment_request_key,
  request.company_key,
  request.vendor_key,
  0.7 + 0.29 * (1 - greatest(authority_amount, 1) / request.amount::double) as score,
  request.amount as amount_at_stake,
  request.currency,
  [
    {
      'weight': 1.0, 'id': 'amount_above_authority',
      'values': json_object(
        'request_amount', request.amount::varchar, 'authority_amount', round(authority_amount, 2)::decimal(18, 2)::varchar,
        'currency', request.currency, 'employee_key', last_actor_key::varchar
      ),
      'actual': request.amount::double, 'usual_low': 0.0, 'usual_high': round(authority_amount, 2), 'unit': request.currency
    }
  ] as reasons,
  event_keys as evidence_keys,
  decided_at as found_as_of
from request
join authorised on authorised.payment_request_key = request.payment_request_key
where is_final and authority_amount is not null
  and request.amount::double > authority_amount * (1 + $tolerance_rate)
