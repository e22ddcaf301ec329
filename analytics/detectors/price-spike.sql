-- One row per invoice well above a price that had hardly moved.
with asked as (
  select vendor_key, category, currency
  from standing_invoice
  group by vendor_key, category, currency
  having count(*) > $least_count and max(amount_gross::double) filter (
    known_at >= $since::timestamp and amount_base >= $minimum_amount and purchase_order_key is null
  ) >= (1 + $spike_rate) * min(amount_gross::double)
),
priced as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, purchase_order_key, category, currency, amount_gross,
    amount_base, known_at,
    row_number() over (partition by vendor_key, category, currency order by known_at, invoice_key) - 1 as earlier_count,
    quantile_cont(amount_gross::double, [0.1, 0.5, 0.9]) over before as quantiles
  from standing_invoice as invoice
  semi join asked
    on asked.vendor_key = invoice.vendor_key
    and invoice.category is not distinct from asked.category
    and asked.currency = invoice.currency
  window before as (
    partition by vendor_key, category, currency order by known_at, invoice_key
    rows between 12 preceding and 1 preceding
  )
),
risen as (
  select
    *,
    amount_gross::double / quantiles[2] - 1 as rise_rate,
    0.6 + 0.39 * (1 - $spike_rate / rise_rate) as score
  from priced
  where known_at >= $since::timestamp and earlier_count >= $least_count and amount_base >= $minimum_amount and purchase_order_key is null
    and rise_rate >= $spike_rate
    and quantiles[3] - quantiles[1] <= $most_spread * quantiles[2]
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount_gross - quantiles[2]::decimal(18, 4) as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'price_risen',
      'values': json_object('invoice_amount', amount_gross::varchar, 'usual_amount', round(quantiles[2], 2)::decimal(18, 2)::varchar, 'currency', currency, 'rise_rate', round(rise_rate, 4)),
      'actual': amount_gross::double, 'usual_low': quantiles[1], 'usual_high': quantiles[3], 'unit': currency
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from risen
