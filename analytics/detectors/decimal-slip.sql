-- One row per invoice that is a power of ten times what this vendor billed before.
with document as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, purchase_order_key, currency, amount_gross, amount_base,
    coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at) as known_at,
    ln(amount_gross::double) as log_amount
  from invoice_flow
  where amount_gross > 0 and reversal_of_key is null and document_type is distinct from 'credit'
),
-- What stood before the time asked about, in one sum.
past as (
  select vendor_key, currency, count(*) as past_count, max(log_amount) as past_highest
  from document
  where known_at < $since::timestamp
  group by vendor_key, currency
),
-- Only amounts clearly above all that came before are looked at more closely: a vendor has few of them.
highest as (
  select
    document.*,
    coalesce(past_count, 0) + row_number() over (
      partition by document.vendor_key, document.currency order by known_at, invoice_key
    ) - 1 as earlier_count,
    greatest(past_highest, max(log_amount) over (
      partition by document.vendor_key, document.currency order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    )) as highest
  from document
  left join past on past.vendor_key = document.vendor_key and past.currency = document.currency
  where known_at >= $since::timestamp
  qualify earlier_count >= $least_count and log_amount > highest + 0.1 and amount_base >= $minimum_amount
),
profile as (
  select highest.invoice_key, quantile_cont(earlier.log_amount, [0.25, 0.5, 0.75]) as quartiles
  from highest
  join document as earlier
    on earlier.vendor_key = highest.vendor_key
    and earlier.currency = highest.currency
    and (earlier.known_at, earlier.invoice_key) < (highest.known_at, highest.invoice_key)
  group by highest.invoice_key
),
large as (
  select
    highest.*,
    profile.quartiles,
    (quartiles[3] - quartiles[1]) / 1.349 as spread,
    exp(quartiles[2]) as median_amount
  from highest
  join profile on profile.invoice_key = highest.invoice_key
),
exact as (
  select
    large.invoice_key,
    power_of_ten,
    earlier.invoice_key as earlier_key,
    earlier.amount_gross as earlier_amount
  from large
  cross join (select unnest([10, 100, 1000]) as power_of_ten)
  join document as earlier
    on earlier.vendor_key = large.vendor_key
    and earlier.currency = large.currency
    and earlier.amount_gross * power_of_ten = large.amount_gross
    and earlier.known_at < large.known_at
    and earlier.amount_gross % 10 <> 0
  qualify row_number() over (partition by large.invoice_key order by earlier.known_at desc, earlier.invoice_key) = 1
),
median as (
  select
    invoice_key,
    pow(10, round((log_amount - quartiles[2]) / ln(10)))::bigint as power_of_ten,
    abs(exp(log_amount - quartiles[2]) / pow(10, round((log_amount - quartiles[2]) / ln(10))) - 1) as distance_rate
  from large
  where spread <= $widest_scale
),
slip as (
  select
    large.*,
    exact.earlier_key,
    coalesce(exact.power_of_ten, median.power_of_ten) as factor,
    exact.earlier_amount,
    case
      when exact.invoice_key is not null then 0.97
      else 0.93 - 0.25 * spread / $widest_scale
    end as score
  from large
  left join exact on exact.invoice_key = large.invoice_key
  left join median
    on median.invoice_key = large.invoice_key
    and median.power_of_ten between 10 and 1000
    and median.distance_rate <= $tolerance_rate
  left join purchase_order as ordered
    on ordered.purchase_order_key = large.purchase_order_key
    and ordered.vendor_key = large.vendor_key
    and ordered.currency = large.currency
    and ordered.created_at < large.known_at
    and ordered.amount >= 0.8 * large.amount_gross
  where (exact.invoice_key is not null or median.invoice_key is not null)
    and ordered.purchase_order_key is null
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount_gross - amount_gross / factor as amount_at_stake,
  currency,
  [
    case when earlier_key is not null then {
      'weight': 0.7, 'id': 'power_of_ten_of_earlier',
      'values': json_object(
        'slip_factor', factor, 'invoice_amount', amount_gross::varchar,
        'earlier_amount', earlier_amount::varchar, 'currency', currency
      ),
      'actual': amount_gross::double, 'usual_low': round(exp(quartiles[1]), 2), 'usual_high': round(exp(quartiles[3]), 2),
      'unit': currency
    } else {
      'weight': 0.7, 'id': 'power_of_ten_of_median',
      'values': json_object(
        'slip_factor', factor, 'invoice_amount', amount_gross::varchar,
        'median_amount', round(median_amount, 2)::decimal(18, 2)::varchar, 'currency', currency
      ),
      'actual': amount_gross::double, 'usual_low': round(exp(quartiles[1]), 2), 'usual_high': round(exp(quartiles[3]), 2),
      'unit': currency
    } end,
    {
      'weight': 0.3, 'id': 'largest_of_vendor',
      'values': json_object('highest_factor', round(exp(log_amount - highest), 1)),
      'actual': amount_gross::double, 'usual_low': null, 'usual_high': round(exp(highest), 2), 'unit': currency
    }
  ] as reasons,
  case when earlier_key is not null then [earlier_key] end as evidence_keys,
  known_at as found_as_of
from slip
