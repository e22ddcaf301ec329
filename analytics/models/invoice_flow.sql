-- One row per invoice, with what happened to it until it was paid.
-- Unknown stays null: human_touches without a named actor, fee_base without a fee, paid_amount of payments in another currency.
-- key: invoice_key
-- touched by: invoice.invoice_key, invoice.reversal_of_key, payment_request.invoice_key,
--   payment_fact.invoice_key, approval_step.invoice_key, employee.employee_key via approval_step.actor_key,
--   fx_day.(currency, rate_on) via invoice.(currency, coalesce(invoiced_on, received_at::date, posted_on))
with requests as (
  select
    invoice_key,
    arg_max(payment_request_key, (requested_at, payment_request_id)) as payment_request_key,
    max(requested_at) as requested_at
  from payment_request
  where invoice_key is not null
  group by invoice_key
),
steps as (
  select
    invoice_key,
    min(occurred_at) filter (action in ('submitted', 'requested_payment')) as first_submitted_at,
    max(occurred_at) filter (action in ('approved', 'final_approved', 'auto_approved')) as approved_at,
    count(*) filter (
      action in ('approved', 'final_approved', 'auto_approved', 'rejected', 'returned')
    ) as approval_steps,
    count(*) filter (action = 'rejected') as rejections,
    case
      when count(actor_key) > 0
        then count(*) filter (actor_key is not null and not coalesce(is_service_account, false))
    end as human_touches,
    count(*) filter (is_repeat) as rework_steps,
    bool_or(action in ('rejected', 'returned', 'blocked', 'changed')) as has_exception
  from approval_step
  left join (select employee_key, is_service_account from employee) as actors
    on actors.employee_key = approval_step.actor_key
  where invoice_key is not null
  group by invoice_key
),
executed as (
  select
    invoice_key,
    min(executed_at) as paid_at,
    sum(amount)::decimal(18, 4) as paid_amount,
    min(currency) as first_currency,
    max(currency) as last_currency,
    case when count(amount_base) = count(*) then sum(amount_base)::decimal(18, 4) end as paid_amount_base,
    count(*) as payments,
    sum(discount_taken_base)::decimal(18, 4) as discount_taken_base,
    arg_min(channel, (executed_at, payment_key)) as channel,
    arg_min(payment_run, (executed_at, payment_key)) as payment_run,
    sum(fee_base)::decimal(18, 4) as fee_base
  from payment_fact
  where invoice_key is not null and coalesce(status, 'sent') in ('sent', 'settled')
  group by invoice_key
),
reversals as (
  select distinct reversal_of_key
  from invoice
  where reversal_of_key is not null
),
valued as (
  select
    invoice.*,
    case when invoice.currency = group_currency.currency then 1::decimal(18, 9) else fx_day.rate end as rate,
    (discount_rate * amount_gross)::decimal(18, 4) as discount_amount
  from invoice
  cross join group_currency
  left join fx_day
    on fx_day.currency = invoice.currency
    and fx_day.rate_on = coalesce(invoiced_on, received_at::date, posted_on)
)
select
  valued.invoice_key,
  valued.invoice_id,
  valued.source,
  valued.company_key,
  valued.vendor_key,
  valued.purchase_order_key,
  valued.document_type,
  valued.invoice_number,
  normal_number(valued.invoice_number) as invoice_number_normal,
  valued.document_number,
  valued.currency,
  valued.amount_gross,
  (valued.amount_gross * valued.rate)::decimal(18, 4) as amount_base,
  valued.category,
  valued.cost_center,
  valued.invoiced_on,
  valued.received_at,
  valued.entered_at,
  valued.entered_by_key,
  valued.posted_on,
  valued.due_on,
  valued.discount_rate,
  valued.discount_on,
  valued.discount_amount,
  (valued.discount_amount * valued.rate)::decimal(18, 4) as discount_amount_base,
  valued.reversal_of_key,
  reversals.reversal_of_key is not null as is_reversed,
  requests.payment_request_key,
  requests.requested_at,
  steps.first_submitted_at,
  steps.approved_at,
  steps.approval_steps,
  steps.rejections,
  steps.human_touches,
  steps.rework_steps,
  steps.has_exception,
  executed.paid_at,
  executed.paid_at::date as paid_on,
  case
    when executed.first_currency = valued.currency and executed.last_currency = valued.currency
      then executed.paid_amount
  end as paid_amount,
  executed.paid_amount_base,
  coalesce(executed.payments, 0) as payments,
  executed.discount_taken_base,
  executed.channel,
  executed.payment_run,
  executed.fee_base,
  valued.time_precision
from valued
left join requests using (invoice_key)
left join steps using (invoice_key)
left join executed using (invoice_key)
left join reversals on reversals.reversal_of_key = valued.invoice_key
