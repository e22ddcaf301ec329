-- One row per invoice that takes its order over what was ordered.
with invoice as (
  select
    invoice.*, placed.amount as ordered_amount
  from standing_invoice as invoice
  join purchase_order as placed
    on placed.purchase_order_key = invoice.purchase_order_key
    and placed.currency = invoice.currency
    and placed.amount > 0
),
movement as (
  select purchase_order_key, known_at as moved_at, invoice_key, amount_gross as moved from invoice
  union all
  select purchase_order_key, taken_back_at, null, -amount_gross from invoice where taken_back_at is not null
),
running as (
  select
    *,
    sum(moved) over (
      partition by purchase_order_key order by moved_at, invoice_key nulls first
      rows between unbounded preceding and current row
    ) as billed_amount
  from movement
),
exceeded as (
  select
    invoice.*,
    billed_amount,
    billed_amount - ordered_amount as excess_amount,
    0.6 + 0.39 * least(excess_amount::double / ordered_amount::double, 1) as score
  from running
  join invoice on invoice.invoice_key = running.invoice_key
  where billed_amount > ordered_amount * (1 + $tolerance_rate)
    and billed_amount > ordered_amount + $tolerance_amount
)
select
  purchase_order_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  least(excess_amount, amount_gross) as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'order_exceeded',
      'values': json_object('billed_amount', billed_amount::varchar, 'ordered_amount', ordered_amount::varchar, 'currency', currency),
      'actual': billed_amount::double, 'usual_low': 0.0, 'usual_high': round(ordered_amount::double * (1 + $tolerance_rate), 2), 'unit': currency
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from exceeded
