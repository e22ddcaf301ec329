-- One row per large first payment request for a vendor made a short time before.
-- Vendors with a large request soon after they were made: whether it was the first is asked of these.
with young_vendor as (
  select distinct vendor_key
  from payment_flow
  where amount_base >= $minimum_amount
    and date_diff('second', vendor_created_at, requested_at) / 86400.0 between 0 and $window_days
),
first_request as (
  select payment_flow.* from payment_flow
  semi join young_vendor on young_vendor.vendor_key = payment_flow.vendor_key
  qualify row_number() over (partition by vendor_key order by requested_at, payment_request_key) = 1
),
ordered as (
  select invoice.invoice_key
  from invoice_flow as invoice
  join purchase_order as placed on placed.purchase_order_key = invoice.purchase_order_key
  where placed.vendor_key = invoice.vendor_key
    and placed.currency = invoice.currency
    and placed.amount >= 0.8 * invoice.amount_gross
    and placed.created_at < coalesce(invoice.received_at, invoice.entered_at)
    and coalesce(placed.created_by_key <> invoice.entered_by_key, true)
),
scored as (
  select
    *,
    date_diff('second', vendor_created_at, requested_at) / 86400.0 as age_days,
    (ln(amount_base::double) - ln($prior_amount)) / $prior_scale as z,
    0.5 + 0.375 * z / sqrt(1 + z * z / 4) * (1 - z * z / (12 * (1 + z * z / 4))) as amount_score
  from first_request
  where amount_base >= $minimum_amount and coalesce(payments_to_vendor_before, 0) = 0
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  amount_score * (1 - 0.3 * age_days / $window_days) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.5, 'id': 'large_first_payment',
      'values': json_object('request_amount', amount::varchar, 'currency', currency),
      'actual': amount_base::double, 'usual_low': null,
      'usual_high': round(exp(ln($prior_amount) + 1.645 * $prior_scale), 2), 'unit': 'group_currency'
    },
    {
      'weight': 0.5, 'id': 'vendor_new',
      'values': json_object('created_at', vendor_created_at::varchar, 'age_days', round(age_days, 1)),
      'actual': round(age_days, 1), 'usual_low': $window_days::double, 'usual_high': null, 'unit': 'days'
    }
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from scored
anti join ordered on ordered.invoice_key = scored.invoice_key
where age_days between 0 and $window_days
