-- One row per round invoice of a vendor whose amounts hardly ever are.
with asked as (
  select
    vendor_key, currency,
    count(*) filter (known_at < $since::timestamp) as past_count,
    count(*) filter (known_at < $since::timestamp and amount_gross % $round_amount = 0) as past_round_count
  from standing_invoice
  group by vendor_key, currency
  having count(*) > $least_count and bool_or(
    known_at >= $since::timestamp and amount_gross % $round_amount = 0 and purchase_order_key is null
      and not is_recurring and amount_base >= $minimum_amount
  )
),
counted as (
  select
    invoice_key, company_key, invoice.vendor_key, payment_request_key, purchase_order_key, invoice.currency,
    amount_gross, amount_base, known_at, is_recurring,
    amount_gross % $round_amount = 0 as is_round,
    past_count + row_number() over vendor_order - 1 as earlier_count,
    past_round_count + count(*) filter (amount_gross % $round_amount = 0) over vendor_order - is_round::integer as round_count
  from standing_invoice as invoice
  join asked on asked.vendor_key = invoice.vendor_key and asked.currency = invoice.currency
  where known_at >= $since::timestamp
  window vendor_order as (
    partition by invoice.vendor_key, invoice.currency order by known_at, invoice_key
    rows between unbounded preceding and current row
  )
),
seldom as (
  select *, (round_count + 0.06) / (earlier_count + 20) as round_rate
  from counted
  where is_round and earlier_count >= $least_count and purchase_order_key is null and not is_recurring
    and amount_base >= $minimum_amount and round_rate <= $most_rate
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  1 - 5 * round_rate as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'round_amount',
      'values': json_object('invoice_amount', amount_gross::varchar, 'currency', currency, 'round_count', round_count, 'earlier_count', earlier_count),
      'actual': round_count + 1.0, 'usual_low': 0.0, 'usual_high': ceil(earlier_count * $most_rate)::double, 'unit': 'count'
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from seldom
