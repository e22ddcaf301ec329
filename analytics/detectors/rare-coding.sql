-- One row per invoice whose category and cost centre are both new to its vendor.
with counted as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, category, cost_center, currency, amount_gross, amount_base,
    known_at,
    row_number() over (partition by vendor_key order by known_at, invoice_key) - 1 as earlier_count,
    row_number() over (partition by vendor_key, category order by known_at, invoice_key) - 1 as category_count,
    row_number() over (partition by vendor_key, cost_center order by known_at, invoice_key) - 1 as cost_center_count
  from standing_invoice
  where category is not null and cost_center is not null
),
varied as (
  select
    *,
    count(*) filter (category_count = 0) over before as categories,
    count(*) filter (cost_center_count = 0) over before as cost_centers
  from counted
  window before as (
    partition by vendor_key order by known_at, invoice_key rows between unbounded preceding and 1 preceding
  )
),
rare as (
  select
    *,
    -ln((categories + 0.5) * 0.5 / (earlier_count + 1)) - ln((cost_centers + 0.5) * 0.5 / (earlier_count + 1)) as surprise,
    1 - 0.5 * $least_surprise / surprise as score
  from varied
  where category_count = 0 and cost_center_count = 0 and earlier_count >= $least_count
    and amount_base >= $minimum_amount and surprise >= $least_surprise
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
      'weight': 1.0, 'id': 'coding_new_to_vendor',
      'values': json_object('category', category, 'cost_center', cost_center, 'earlier_count', earlier_count),
      'actual': round(surprise, 2), 'usual_low': 0.0, 'usual_high': $least_surprise::double, 'unit': 'nats'
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from rare
