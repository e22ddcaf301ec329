-- One row per invoice of a recurring amount that comes long before its turn.
with asked as (
  select distinct vendor_key, currency, amount_gross
  from standing_invoice
  where is_recurring and recurring_days >= $least_step_days and amount_base >= $minimum_amount
    and known_at >= $since::timestamp
),
stepped as (
  select
    *,
    lag(known_at) over same_amount as last_known_at,
    lag(invoice_key) over same_amount as last_key,
    lag(taken_back_at) over same_amount as last_taken_back_at
  from standing_invoice as invoice
  semi join asked
    on asked.vendor_key = invoice.vendor_key
    and asked.currency = invoice.currency
    and asked.amount_gross = invoice.amount_gross
  window same_amount as (partition by vendor_key, currency, amount_gross order by known_at, invoice_key)
),
early as (
  select
    *,
    date_diff('day', last_known_at, known_at) as step,
    0.55 + 0.4 * (1 - step / ($early_rate * recurring_days)) as score
  from stepped
  where is_recurring
    and recurring_days >= $least_step_days
    and amount_base >= $minimum_amount
    and step < $early_rate * recurring_days
    and coalesce(last_taken_back_at > known_at, true)
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'recurring_too_early',
      'values': json_object('invoice_amount', amount_gross::varchar, 'currency', currency, 'step_days', step, 'usual_days', round(recurring_days, 1)),
      'actual': step::double, 'usual_low': round(0.65 * recurring_days, 1), 'usual_high': round(1.35 * recurring_days, 1), 'unit': 'days'
    }
  ] as reasons,
  [last_key] as evidence_keys,
  known_at as found_as_of
from early
