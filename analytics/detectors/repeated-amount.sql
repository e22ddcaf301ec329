-- One row per invoice whose amount the vendor has billed unusually often.
with asked as (
  select vendor_key, count(*) filter (known_at < $since::timestamp) as past_count
  from standing_invoice
  group by vendor_key
  having bool_or(
    known_at >= $since::timestamp and (same_amount_count + 1) % $repeat_count = 0 and not is_recurring
      and amount_base >= $minimum_amount
  )
),
counted as (
  select
    invoice.*,
    past_count + row_number() over (partition by invoice.vendor_key order by known_at, invoice_key) as vendor_count,
    same_amount_count + 1 as amount_count,
    amount_count / vendor_count as amount_rate
  from standing_invoice as invoice
  join asked on asked.vendor_key = invoice.vendor_key
  where known_at >= $since::timestamp
),
often as (
  select *, 0.5 + 0.4 * (1 - amount_rate / $most_rate) as score
  from counted
  where amount_count % $repeat_count = 0 and not is_recurring and amount_rate <= $most_rate
    and amount_base >= $minimum_amount
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
      'weight': 1.0, 'id': 'amount_repeated',
      'values': json_object('invoice_amount', amount_gross::varchar, 'currency', currency, 'amount_count', amount_count, 'vendor_count', vendor_count),
      'actual': amount_count::double, 'usual_low': 0.0, 'usual_high': $repeat_count::double, 'unit': 'count'
    }
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from often
