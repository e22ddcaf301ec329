-- One row per payment request that, with others of the same requester and vendor, reaches a limit each part stays under.
with authority as (
  select company_key, limit_currency as currency, list(distinct approval_limit order by approval_limit) as limits
  from employee
  where approval_limit > 0 and not coalesce(is_service_account, false)
  group by all
),
request as (
  select
    flow.payment_request_key, flow.company_key, flow.vendor_key, flow.invoice_key, flow.requested_by_key,
    flow.requested_at, flow.amount, flow.currency,
    -- The smallest limit above the amount.
    list_filter(authority.limits, one -> one > flow.amount)[1] as limit_amount
  from payment_flow as flow
  join authority
    on authority.company_key = flow.company_key
    and authority.currency = flow.currency
    and authority.limits[-1] > flow.amount
  where flow.amount > 0
),
part as (
  select * from request where amount >= $least_part_rate * limit_amount
),
-- Cheap sums first: only what reaches the limit is looked at with its orders and with its vendor's history.
summed as (
  select
    *,
    count(*) over parts as part_count,
    sum(amount) over parts as sum_amount,
    min(requested_at) over parts as first_requested_at
  from part
  where requested_at >= $since::timestamp - to_days($window_days::integer)
  window parts as (
    partition by vendor_key, company_key, limit_amount, requested_by_key order by requested_at
    range between to_days($window_days::integer) preceding and current row
  )
),
reaching as (
  select * from summed where part_count >= 2 and sum_amount >= limit_amount and requested_at >= $since::timestamp
),
first_request as (
  select request.vendor_key, min(requested_at) as first_request_at
  from request
  semi join reaching on reaching.vendor_key = request.vendor_key
  group by request.vendor_key
),
history as (
  select payment_request_key, count(*) over earlier as earlier_count
  from part
  semi join reaching
    on reaching.vendor_key = part.vendor_key
    and reaching.company_key = part.company_key
    and reaching.limit_amount = part.limit_amount
  window earlier as (
    partition by vendor_key, company_key, limit_amount order by requested_at
    range between unbounded preceding and to_days($window_days::integer) preceding
  )
),
gathered as (
  select
    reaching.*,
    count(distinct coalesce(invoice.purchase_order_key, part.payment_request_key)) as order_count,
    count(invoice.purchase_order_key) as ordered_count,
    list(part.payment_request_key order by part.requested_at, part.payment_request_key) as part_keys
  from reaching
  join part
    on part.vendor_key = reaching.vendor_key
    and part.company_key = reaching.company_key
    and part.limit_amount = reaching.limit_amount
    and part.requested_by_key is not distinct from reaching.requested_by_key
    and part.requested_at <= reaching.requested_at
    and part.requested_at >= reaching.requested_at - to_days($window_days::integer)
  left join invoice_flow as invoice on invoice.invoice_key = part.invoice_key
  group by all
),
scored as (
  select
    gathered.*,
    earlier_count,
    date_diff('second', first_request_at, requested_at) / 86400.0 as history_days,
    -- Expected number in a window at the vendor's own earlier rate, with half a request in 60 days added.
    $window_days * (earlier_count + 0.5) / (greatest(history_days - $window_days, 0) + 60) as expected_count,
    -- One minus the probability that as many others fall into the window by chance.
    list_sum(list_transform(
      range(0, part_count - 1),
      k -> exp(-expected_count + k * ln(expected_count) - lgamma(k + 1.0))
    )) as score
  from gathered
  join history on history.payment_request_key = gathered.payment_request_key
  join first_request on first_request.vendor_key = gathered.vendor_key
  -- Each part with an order of its own is a purchase of its own.
  where not (ordered_count = part_count and order_count = part_count)
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  sum_amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.6, 'id': 'parts_reach_limit',
      'values': json_object(
        'part_count', part_count, 'sum_amount', sum_amount::varchar, 'limit_amount', limit_amount::varchar,
        'currency', currency, 'since_at', first_requested_at::varchar
      ),
      'actual': sum_amount::double, 'usual_low': null, 'usual_high': limit_amount::double, 'unit': currency
    },
    {
      'weight': 0.4, 'id': 'vendor_bills_seldom',
      'values': json_object('part_count', part_count, 'usual_count', round(expected_count, 2)),
      'actual': part_count::double, 'usual_low': 0.0, 'usual_high': round(expected_count, 2), 'unit': 'count'
    }
  ] as reasons,
  part_keys as evidence_keys,
  requested_at as found_as_of
from scored
where score >= $least_score
