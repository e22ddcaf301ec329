-- One row per payment request: the request, what was known when it was made, who approved it and how it was paid.
-- executed_* and fee_* are of the first payment that was not cancelled or returned.
-- key: payment_request_key
-- touched by: payment_request.payment_request_key, request_history.payment_request_key,
--   payment.payment_request_key, payment_fact.payment_request_key,
--   approval_step.payment_request_key, employee.employee_key via approval_step.actor_key,
--   vendor.vendor_key via payment_request.vendor_key,
--   invoice.invoice_key via payment_request.invoice_key,
--   fx_day.(currency, rate_on) via payment_request.(currency, requested_at::date)
with approvals as (
  select
    payment_request_key,
    min(occurred_at) as first_approved_at,
    max(occurred_at) as last_approved_at,
    list(distinct actor_key order by actor_key) filter (actor_key is not null) as approver_keys,
    arg_max(actor_key, (occurred_at, position, event_key)) filter (actor_key is not null) as last_approver_key
  from approval_step
  where payment_request_key is not null and action in ('approved', 'final_approved')
  group by payment_request_key
),
decisions as (
  select payment_request_key, count(*) as approval_steps
  from approval_step
  where payment_request_key is not null
    and action in ('approved', 'final_approved', 'auto_approved', 'rejected', 'returned')
  group by payment_request_key
),
first_payments as (
  select
    payment.payment_request_key, payment.executed_at, payment.amount, payment.currency,
    payment.channel, payment.executed_by_key, payment.fee_amount, payment.fee_currency,
    payment.payment_run,
    payment_fact.fee_base, payment_fact.settled_amount, payment_fact.settled_currency
  from payment
  join payment_fact using (payment_key)
  where payment.payment_request_key is not null
    and coalesce(payment.status, 'sent') in ('sent', 'settled')
  qualify row_number() over (
    partition by payment.payment_request_key order by payment.executed_at, payment.payment_key
  ) = 1
)
select
  request.payment_request_key,
  request.payment_request_id,
  request.source,
  request.company_key,
  request.vendor_key,
  request.invoice_key,
  request.requested_by_key,
  request.requested_at,
  request.scheduled_on,
  request.channel,
  request.account_token,
  request.currency,
  request.amount,
  case
    when request.currency = group_currency.currency then request.amount
    else (request.amount * fx_day.rate)::decimal(18, 4)
  end as amount_base,
  request.urgent,
  request.status,
  request.status_at,
  request.status_version,
  vendor.name as vendor_name,
  vendor.created_at as vendor_created_at,
  invoice.invoice_number,
  invoice.invoiced_on,
  invoice.received_at,
  invoice.entered_by_key,
  coalesce(invoice.category, vendor.category) as category,
  invoice.cost_center,
  coalesce(request.description, invoice.description) as description,
  invoice.due_on,
  approvals.first_approved_at,
  approvals.last_approved_at,
  approvals.approver_keys,
  approvals.last_approver_key,
  approver.approval_limit as last_approver_limit,
  approver.limit_currency,
  decisions.approval_steps,
  request_history.account_known_since,
  request_history.account_changed_by_key,
  request_history.account_requested_through,
  request_history.account_verified_at,
  request_history.previous_account_token,
  request_history.previous_account_since,
  request_history.payments_to_account_before,
  request_history.payments_to_vendor_before,
  request_history.last_payment_to_vendor_at,
  first_payments.executed_at,
  first_payments.amount as executed_amount,
  first_payments.currency as executed_currency,
  first_payments.channel as executed_channel,
  first_payments.executed_by_key,
  first_payments.fee_amount,
  first_payments.fee_currency,
  first_payments.fee_base,
  first_payments.settled_amount,
  first_payments.settled_currency,
  first_payments.payment_run,
  request.time_precision
from payment_request as request
cross join group_currency
join request_history using (payment_request_key)
left join vendor on vendor.vendor_key = request.vendor_key
left join invoice on invoice.invoice_key = request.invoice_key
left join approvals using (payment_request_key)
left join decisions using (payment_request_key)
left join first_payments using (payment_request_key)
left join employee as approver on approver.employee_key = approvals.last_approver_key
left join fx_day
  on fx_day.currency = request.currency and fx_day.rate_on = request.requested_at::date
