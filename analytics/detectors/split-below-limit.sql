-- One row per payment request that, with others of the same requester and vendor, reaches a limit each part stays under.
with authority as (
  select distinct company_key, limit_currency as currency, approval_limit as limit_amount
  from employee
  where approval_limit > 0 and not coalesce(is_service_account, false)
),
invoice as (
  select invoice_key, purchase_order_key from invoice_flow
),
request as (
  select
    flow.*,
    invoice.purchase_order_key,
    authority.limit_amount,
    date_diff('second', first_value(flow.requested_at) over vendor_before, flow.requested_at) / 86400.0 as history_days
  from payment_flow as flow
  left join invoice on invoice.invoice_key = flow.invoice_key
  join authority
    on authority.company_key = flow.company_key
    and authority.currency = flow.currency
    and authority.limit_amount > flow.amount
  where flow.amount > 0
  window vendor_before as (
    partition by flow.vendor_key order by flow.requested_at, flow.payment_request_key
    rows between unbounded preceding and current row
  )
  qualify row_number() over (partition by flow.payment_request_key order by authority.limit_amount) = 1
),
part as (
  select
    *,
    count(*) over earlier as earlier_count
  from request
  where amount >= $least_part_rate * limit_amount
  window earlier as (
    partition by vendor_key, company_key, limit_amount order by requested_at
    range between unbounded preceding and to_days($window_days::integer) preceding
  )
),
gathered as (
  select
    *,
    count(*) over parts as part_count,
    sum(amount) over parts as sum_amount,
    count(distinct coalesce(purchase_order_key, payment_request_key)) over parts as order_count,
    count(purchase_order_key) over parts as ordered_count,
    list(payment_request_key) over parts as part_keys,
    min(requested_at) over parts as first_requested_at
  from part
  window parts as (
    partition by vendor_key, company_key, limit_amount, requested_by_key order by requested_at
    range between to_days($window_days::integer) preceding and current row
  )
),
scored as (
  select
    *,
    -- Expected number in a window at the vendor's own earlier rate, with half a request in 60 days added.
    $window_days * (earlier_count + 0.5) / (greatest(history_days - $window_days, 0) + 60) as expected_count,
    -- One minus the probability that as many others fall into the window by chance.
    list_sum(list_transform(
      range(0, part_count - 1),
      k -> exp(-expected_count + k * ln(expected_count) - lgamma(k + 1.0))
    )) as score
  from gathered
  where part_count >= 2 and sum_amount >= limit_amount
    -- Each part with an order of its own is a purchase of its own.
    and not (ordered_count = part_count and order_count = part_count)
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
