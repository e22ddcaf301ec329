-- One row per invoice without an order where those before it had one.
with asked as (
  select
    vendor_key, category,
    count(*) filter (known_at < $since::timestamp) as past_count,
    count(purchase_order_key) filter (known_at < $since::timestamp) as past_ordered_count
  from standing_invoice
  group by vendor_key, category
  having count(purchase_order_key) > 0 and count(*) > $least_count and bool_or(
    known_at >= $since::timestamp and purchase_order_key is null and amount_base >= $minimum_amount
  )
),
counted as (
  select
    invoice.*,
    past_count + row_number() over peer_order - 1 as earlier_count,
    past_ordered_count + count(purchase_order_key) over peer_order - (purchase_order_key is not null)::integer as ordered_count
  from standing_invoice as invoice
  join asked on asked.vendor_key = invoice.vendor_key and invoice.category is not distinct from asked.category
  where known_at >= $since::timestamp
  window peer_order as (
    partition by invoice.vendor_key, invoice.category order by known_at, invoice_key
    rows between unbounded preceding and current row
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
