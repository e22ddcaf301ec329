-- One row per invoice that is far larger than this vendor's earlier invoices for the same category.
with document as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, purchase_order_key, category, currency, amount_gross,
    amount_base,
    coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at) as known_at,
    ln(amount_base::double) as log_amount
  from invoice_flow
  where amount_base > 0 and reversal_of_key is null and document_type is distinct from 'credit'
),
collective as (
  select vendor_key from vendor where one_time
),
-- Vendors of whom something can be unusual at all: enough invoices, one of them large enough, and one payee.
assessable as (
  select
    document.vendor_key,
    count(*) as documents,
    count(*) filter (where amount_base >= $minimum_amount and known_at >= $since::timestamp) as asked
  from document
  anti join collective on collective.vendor_key = document.vendor_key
  group by document.vendor_key
  having count(*) > $least_count and asked > 0
    and max(log_amount) - least(min(log_amount), ln($prior_amount)) >= $least_scale
),
-- Quantiles of what came before, so that the row itself and all later rows are unknown. Two ways to
-- the same numbers: the whole history in order, or, for few questions to a long one, each by itself.
in_order as (
  select
    *,
    row_number() over (partition by vendor_key order by known_at, invoice_key) - 1 as vendor_count,
    quantile_cont(log_amount, [0.25, 0.5, 0.75]) over vendor_before as vendor_quartiles,
    max(log_amount) over vendor_before as vendor_highest,
    row_number() over (partition by vendor_key, category order by known_at, invoice_key) - 1 as peer_count,
    quantile_cont(log_amount, [0.25, 0.5, 0.75]) over peer_before as peer_quartiles
  from document
  semi join assessable on assessable.vendor_key = document.vendor_key and asked * 10 > documents
  window
    vendor_before as (
      partition by vendor_key order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    ),
    peer_before as (
      partition by vendor_key, category order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    )
),
single as (
  select document.*
  from document
  semi join assessable on assessable.vendor_key = document.vendor_key and asked * 10 <= documents
  where amount_base >= $minimum_amount and known_at >= $since::timestamp
),
answer as (
  select
    single.invoice_key,
    count(*) as vendor_count,
    quantile_cont(earlier.log_amount, [0.25, 0.5, 0.75]) as vendor_quartiles,
    max(earlier.log_amount) as vendor_highest,
    count(*) filter (where earlier.category is not distinct from single.category) as peer_count,
    quantile_cont(earlier.log_amount, [0.25, 0.5, 0.75])
      filter (where earlier.category is not distinct from single.category) as peer_quartiles
  from single
  join document as earlier
    on earlier.vendor_key = single.vendor_key
    and (earlier.known_at, earlier.invoice_key) < (single.known_at, single.invoice_key)
  group by single.invoice_key
),
profiled as (
  select * from in_order
  union all by name
  select single.*, answer.* exclude (invoice_key) from single join answer on answer.invoice_key = single.invoice_key
),
-- Shrinking: the fewer rows a level has, the more the level above it counts; the prior is fixed.
shrunken as (
  select
    *,
    vendor_count / (vendor_count + $shrink_count) as vendor_weight,
    peer_count / (peer_count + $shrink_count) as peer_weight,
    vendor_weight * coalesce(vendor_quartiles[2], 0) + (1 - vendor_weight) * ln($prior_amount) as vendor_center,
    vendor_weight * coalesce((vendor_quartiles[3] - vendor_quartiles[1]) / 1.349, 0)
      + (1 - vendor_weight) * $prior_scale as vendor_scale,
    peer_weight * coalesce(peer_quartiles[2], 0) + (1 - peer_weight) * vendor_center as center,
    greatest(
      $least_scale,
      peer_weight * coalesce((peer_quartiles[3] - peer_quartiles[1]) / 1.349, 0) + (1 - peer_weight) * vendor_scale
    ) as scale
  from profiled
),
scored as (
  select
    *,
    (log_amount - center) / scale as z,
    -- Distribution function of Student's t with 4 degrees of freedom: log amounts have heavy tails.
    0.5 + 0.375 * z / sqrt(1 + z * z / 4) * (1 - z * z / (12 * (1 + z * z / 4))) as score
  from shrunken
  where peer_count >= $least_count
),
-- An order of that size, placed before the invoice came, explains the amount.
unexplained as (
  select scored.*
  from scored
  left join purchase_order as placed
    on placed.purchase_order_key = scored.purchase_order_key
    and placed.vendor_key = scored.vendor_key
    and placed.currency = scored.currency
    and placed.amount >= 0.8 * scored.amount_gross
    and placed.created_at < scored.known_at
  where placed.purchase_order_key is null
    and scored.score >= $least_score and scored.amount_base >= $minimum_amount
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount_gross - (amount_gross * exp(center - log_amount))::decimal(18, 4) as amount_at_stake,
  currency,
  [
    {
      'weight': 0.8, 'id': 'amount_above_usual',
      'values': json_object(
        'invoice_amount', amount_gross::varchar, 'currency', currency,
        'usual_factor', round(exp(log_amount - center), 1), 'earlier_count', peer_count
      ),
      'actual': amount_base::double,
      'usual_low': round(exp(center - 1.645 * scale), 2),
      'usual_high': round(exp(center + 1.645 * scale), 2),
      'unit': 'group_currency'
    },
    case when log_amount > vendor_highest then {
      'weight': 0.2, 'id': 'largest_of_vendor',
      'values': json_object('highest_factor', round(exp(log_amount - vendor_highest), 1)),
      'actual': amount_base::double, 'usual_low': null, 'usual_high': round(exp(vendor_highest), 2),
      'unit': 'group_currency'
    } end
  ] as reasons,
  [] as evidence_keys,
  known_at as found_as_of
from unexplained
