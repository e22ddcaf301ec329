-- One row per payment request a little below an approval limit at which the vendor's other amounts do not lie.
with authority as (
  select distinct company_key, limit_currency as currency, approval_limit as limit_amount
  from employee
  where approval_limit > 0 and not coalesce(is_service_account, false)
),
request as (
  select payment_request_key, company_key, vendor_key, invoice_key, requested_at, amount, currency
  from payment_flow
  where amount > 0
),
-- Amounts near a limit, on both sides of it, with what the vendor asked for there before.
near as (
  select
    request.*,
    authority.limit_amount,
    count(*) filter (request.amount < authority.limit_amount) over before as below_count,
    count(*) filter (request.amount >= authority.limit_amount) over before as above_count
  from request
  join authority
    on authority.company_key = request.company_key
    and authority.currency = request.currency
    and request.amount >= authority.limit_amount * (1 - $below_rate)
    and request.amount < authority.limit_amount * (1 + $below_rate)
  window before as (
    partition by request.vendor_key, request.currency, authority.limit_amount order by request.requested_at
    range between unbounded preceding and interval 1 microsecond preceding
  )
),
below as (
  select
    *,
    -- The same price again is a price; other amounts in the band, and none above the limit, are a habit.
    rank() over (partition by vendor_key, amount, limit_amount, company_key order by requested_at) - 1 as same_price_count,
    1 - amount::double / limit_amount::double as distance_rate
  from near
  where amount < limit_amount
),
profiled as (
  select
    payment_request_key,
    row_number() over (
      partition by request.vendor_key, request.company_key, request.currency order by requested_at, payment_request_key
    ) - 1 as earlier_count,
    quantile_cont(ln(amount::double), [0.05, 0.25, 0.5, 0.75, 0.95]) over before as quantiles
  from request
  semi join below
    on below.vendor_key = request.vendor_key
    and below.company_key = request.company_key
    and below.currency = request.currency
  window before as (
    partition by request.vendor_key, request.company_key, request.currency order by requested_at, payment_request_key
    rows between unbounded preceding and 1 preceding
  )
),
compared as (
  select
    below.*,
    profiled.* exclude (payment_request_key),
    invoice.purchase_order_key,
    earlier_count / (earlier_count + 5.0) as weight,
    weight * coalesce(quantiles[3], 0) + (1 - weight) * ln(1500) as center,
    greatest(0.15, weight * coalesce((quantiles[4] - quantiles[2]) / 1.349, 0) + (1 - weight) * 1.2) as scale,
    abs(ln(amount::double) - center) / scale as z
  from below
  join profiled on profiled.payment_request_key = below.payment_request_key
  left join invoice_flow as invoice on invoice.invoice_key = below.invoice_key
),
scored as (
  select
    *,
    -- Chance that so many of the amounts near the limit lie below it, were both sides alike.
    0.5 ** greatest(below_count + 1 - above_count, 0) as chance,
    greatest(
      0.4 + 0.3 * least(z / 3, 1) + 0.2 * (1 - distance_rate / $below_rate),
      if(below_count >= 1, 1 - chance, 0)
    ) as score
  from compared
  where same_price_count = 0 and purchase_order_key is null
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.6, 'id': 'just_below_limit',
      'values': json_object(
        'request_amount', amount::varchar, 'limit_amount', limit_amount::varchar, 'currency', currency,
        'distance_rate', round(distance_rate, 4)
      ),
      'actual': amount::double, 'usual_low': null, 'usual_high': limit_amount::double, 'unit': currency
    },
    case when below_count > 0 then {
      'weight': 0.5, 'id': 'often_below_limit',
      'values': json_object('below_count', below_count + 1, 'above_count', above_count),
      'actual': below_count + 1.0, 'usual_low': 0.0, 'usual_high': above_count::double, 'unit': 'count'
    } end,
    case when earlier_count > 0 then {
      'weight': 0.4 * least(z / 3, 1) + 0.01, 'id': 'amount_not_usual',
      'values': json_object('request_amount', amount::varchar, 'currency', currency, 'earlier_count', earlier_count),
      'actual': amount::double, 'usual_low': round(exp(quantiles[1]), 2), 'usual_high': round(exp(quantiles[5]), 2),
      'unit': currency
    } end
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from scored
where score >= $least_score
