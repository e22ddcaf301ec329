-- One row per invoice (credit notes and reversals apart): when it was taken back, and how its amount recurs at its vendor.
-- key: vendor_key, currency, amount_gross
-- touched by: invoice_flow.(vendor_key, currency, abs(amount_gross))
-- known_at           when it stood in our books; what a test may know of it
-- taken_back_at      when a reversal of it, or a credit note that names no invoice, of its vendor and amount stood in our books
-- number_prefix      the number without the running digits at its end, which are number_value
-- same_amount_count  earlier invoices of the vendor with this amount
-- recurring_days     mean of the days between those; null for fewer than two
-- is_recurring       at least four came before, in steps alike (coefficient of variation below 0.35)
with document as (
  select
    *,
    coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at) as known_at
  from invoice_flow
),
invoice as (
  select * from document
  where amount_gross > 0 and reversal_of_key is null and document_type is distinct from 'credit'
),
reversal as (
  select reversal_of_key, vendor_key, currency, -amount_gross as amount_gross, min(known_at) as known_at
  from document
  where amount_gross < 0 and reversal_of_key is not null
  group by all
),
credit as (
  select vendor_key, currency, -amount_gross as amount_gross, known_at
  from document
  where amount_gross < 0 and reversal_of_key is null
),
credited as (
  select invoice.invoice_key, credit.known_at
  from invoice
  asof join credit
    on credit.vendor_key = invoice.vendor_key
    and credit.currency = invoice.currency
    and credit.amount_gross = invoice.amount_gross
    and credit.known_at >= invoice.known_at
),
stepped as (
  select
    invoice.*,
    date_diff('day', lag(known_at) over (
      partition by vendor_key, currency, amount_gross order by known_at, invoice_key
    ), known_at) as step_days
  from invoice
),
profiled as (
  select
    *,
    row_number() over (partition by vendor_key, currency, amount_gross order by known_at, invoice_key) - 1 as same_amount_count,
    avg(step_days) over before as mean_step_days,
    stddev_samp(step_days) over before as step_deviation_days
  from stepped
  window before as (
    partition by vendor_key, currency, amount_gross order by known_at, invoice_key
    rows between unbounded preceding and 1 preceding
  )
)
select
  profiled.invoice_key,
  profiled.company_key,
  profiled.vendor_key,
  profiled.purchase_order_key,
  profiled.payment_request_key,
  profiled.entered_by_key,
  profiled.document_type,
  profiled.invoice_number,
  profiled.invoice_number_normal as number_normal,
  regexp_extract(profiled.invoice_number_normal, '^(.*?)[0-9]{1,15}$', 1) as number_prefix,
  try_cast(regexp_extract(profiled.invoice_number_normal, '([0-9]{1,15})$', 1) as bigint) as number_value,
  profiled.document_number,
  profiled.currency,
  profiled.amount_gross,
  profiled.amount_base,
  profiled.category,
  profiled.cost_center,
  profiled.invoiced_on,
  profiled.posted_on,
  profiled.due_on,
  profiled.paid_at,
  profiled.known_at,
  least(reversal.known_at, credited.known_at) as taken_back_at,
  profiled.same_amount_count,
  profiled.mean_step_days as recurring_days,
  profiled.same_amount_count >= 4
    and coalesce(profiled.step_deviation_days < 0.35 * profiled.mean_step_days, false) as is_recurring
from profiled
left join reversal
  on reversal.reversal_of_key = profiled.invoice_key
  and reversal.vendor_key = profiled.vendor_key
  and reversal.currency = profiled.currency
  and reversal.amount_gross = profiled.amount_gross
left join credited on credited.invoice_key = profiled.invoice_key
