-- One row per invoice whose order was written only afterwards.
with ordered as (
  select
    invoice.*,
    placed.created_at,
    date_diff('day', invoice.invoiced_on, placed.created_at::date) as late_by
  from standing_invoice as invoice
  join purchase_order as placed
    on placed.purchase_order_key = invoice.purchase_order_key and placed.vendor_key = invoice.vendor_key
  where invoice.invoiced_on is not null and placed.created_at is not null
),
counted as (
  select
    *,
    row_number() over vendor_order - 1 as earlier_count,
    count(*) filter (late_by >= $late_days) over vendor_order - (late_by >= $late_days)::integer as late_count
  from ordered
  window vendor_order as (
    partition by vendor_key order by known_at, invoice_key rows between unbounded preceding and current row
  )
),
late as (
  select *, (late_count + 0.1) / (earlier_count + 5) as late_rate
  from counted
  where late_by >= $late_days and late_rate <= $most_rate and amount_base >= $minimum_amount
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.5 + 0.3 * least(late_by / 30, 1) + 0.1 * (1 - late_rate / $most_rate) as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'order_after_invoice',
      'values': json_object('invoiced_on', invoiced_on::varchar, 'ordered_at', created_at::varchar, 'late_days', late_by),
      'actual': late_by::double, 'usual_low': null, 'usual_high': 0.0, 'unit': 'days'
    }
  ] as reasons,
  [] as evidence_keys,
  greatest(known_at, created_at) as found_as_of
from late
