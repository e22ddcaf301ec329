-- One row per invoice without an order where those before it had one.
with counted as (
  select
    *,
    row_number() over peer_order - 1 as earlier_count,
    count(purchase_order_key) over peer_order - (purchase_order_key is not null)::integer as ordered_count
  from standing_invoice
  window peer_order as (
    partition by vendor_key, category order by known_at, invoice_key rows between unbounded preceding and current row
  )
),
without_order as (
  select *, ordered_count / earlier_count as ordered_rate
  from counted
  where purchase_order_key is null and earlier_count >= $least_count and amount_base >= $minimum_amount
    and ordered_rate >= $usual_rate
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.5 + 0.4 * (ordered_rate - $usual_rate) / (1.0001 - $usual_rate) as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'order_missing',
      'values': json_object('ordered_count', ordered_count, 'earlier_count', earlier_count),
      'actual': 0.0, 'usual_low': round(ordered_rate, 4), 'usual_high': 1.0, 'unit': 'rate'
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from without_order
