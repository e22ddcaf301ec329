-- One row per invoice whose category and cost centre are both new to its vendor.
with coded as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, category, cost_center, currency, amount_gross, amount_base,
    known_at
  from standing_invoice
  where category is not null and cost_center is not null
),
first_category as (
  select vendor_key, category, min(known_at) as known_at from coded group by vendor_key, category
),
first_cost_center as (
  select vendor_key, cost_center, min(known_at) as known_at from coded group by vendor_key, cost_center
),
-- Only vendors with something new are put in order, and only until they had the last of it.
asked as (
  select coded.vendor_key, max(coded.known_at) as last_at
  from coded
  join first_category
    on first_category.vendor_key = coded.vendor_key
    and first_category.category = coded.category
    and first_category.known_at = coded.known_at
  join first_cost_center
    on first_cost_center.vendor_key = coded.vendor_key
    and first_cost_center.cost_center = coded.cost_center
    and first_cost_center.known_at = coded.known_at
  where coded.amount_base >= $minimum_amount and coded.known_at >= $since::timestamp
  group by coded.vendor_key
),
counted as (
  select
    coded.*,
    row_number() over (partition by coded.vendor_key order by known_at, invoice_key) - 1 as earlier_count,
    row_number() over (partition by coded.vendor_key, category order by known_at, invoice_key) - 1 as category_count,
    row_number() over (partition by coded.vendor_key, cost_center order by known_at, invoice_key) - 1 as cost_center_count
  from coded
  join asked on asked.vendor_key = coded.vendor_key and coded.known_at <= asked.last_at
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
