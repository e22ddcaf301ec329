-- One row per invoice many times as large as all before it of its vendor.
with asked as (
  select
    vendor_key, currency,
    count(*) filter (known_at < $since::timestamp) as past_count,
    max(amount_gross) filter (known_at < $since::timestamp) as past_highest
  from standing_invoice
  group by vendor_key, currency
  having count(*) > $least_count and max(amount_gross) filter (
    known_at >= $since::timestamp and amount_base >= $minimum_amount and purchase_order_key is null
  ) >= $least_factor * coalesce(past_highest, min(amount_gross))
),
profiled as (
  select
    invoice_key, company_key, invoice.vendor_key, payment_request_key, purchase_order_key, invoice.currency,
    amount_gross, amount_base, known_at,
    past_count + row_number() over (partition by invoice.vendor_key, invoice.currency order by known_at, invoice_key) - 1
      as earlier_count,
    greatest(past_highest, max(amount_gross) over before) as highest_amount,
    amount_gross::double / highest_amount::double as size_factor
  from standing_invoice as invoice
  join asked on asked.vendor_key = invoice.vendor_key and asked.currency = invoice.currency
  where known_at >= $since::timestamp
  window before as (
    partition by invoice.vendor_key, invoice.currency order by known_at, invoice_key
    rows between unbounded preceding and 1 preceding
  )
),
larger as (
  select *, 0.6 + 0.39 * (1 - $least_factor / size_factor) as score
  from profiled
  where size_factor >= $least_factor and earlier_count >= $least_count and amount_base >= $minimum_amount
    and purchase_order_key is null
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount_gross - highest_amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'many_times_the_largest',
      'values': json_object('invoice_amount', amount_gross::varchar, 'highest_amount', highest_amount::varchar, 'currency', currency, 'size_factor', round(size_factor, 1), 'earlier_count', earlier_count),
      'actual': amount_gross::double, 'usual_low': null, 'usual_high': highest_amount::double, 'unit': currency
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from larger
