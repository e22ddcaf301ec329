-- One row per payment request that ends a long silence of its vendor.
with request as (
  select
    payment_request_key, company_key, vendor_key, requested_at, amount, amount_base, currency, account_token,
    last_payment_to_vendor_at
  from payment_flow
),
-- Vendors with time for a silence between the last request before and the latest one.
resting_vendor as (
  select vendor_key
  from request
  group by vendor_key
  having max(requested_at) >= $since::timestamp
    and max(requested_at)
      - coalesce(max(requested_at) filter (where requested_at < $since::timestamp), min(requested_at))
      > to_days($silence_days::integer) - interval 1 second
),
sequenced as (
  select
    *,
    greatest(lag(requested_at) over vendor_order, last_payment_to_vendor_at) as last_active_at,
    lag(account_token) over vendor_order as account_before,
    max(amount) over before as highest_amount,
    count(*) over before as earlier_count
  from request
  semi join resting_vendor on resting_vendor.vendor_key = request.vendor_key
  window
    vendor_order as (partition by vendor_key order by requested_at, payment_request_key),
    before as (
      partition by vendor_key order by requested_at, payment_request_key
      rows between unbounded preceding and 1 preceding
    )
),
silent as (
  select *, date_diff('second', last_active_at, requested_at) / 86400.0 as silence
  from sequenced
  where earlier_count >= 1 and amount_base >= $minimum_amount
),
woken as (
  select
    *,
    account_before is not null and account_token <> account_before as is_new_account,
    amount / nullif(highest_amount, 0) as above_factor,
    0.55 + 0.15 * least((silence - $silence_days) / $silence_days, 1)
      + if(is_new_account, 0.2, 0)
      + 0.1 * greatest(0, least(ln(above_factor::double), 1)) as score
  from silent
  where silence >= $silence_days
    -- Annual fees: asked for at about the same time in an earlier year, or at about the same amount.
    and not exists (
      select 1 from sequenced as earlier
      where earlier.vendor_key = silent.vendor_key
        and earlier.requested_at < silent.requested_at
        and abs(date_diff('day', earlier.requested_at, silent.requested_at) - 365) <= 40
        and earlier.amount between 0.67 * silent.amount and 1.5 * silent.amount
    )
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
      'weight': 0.6, 'id': 'vendor_silent',
      'values': json_object('silent_days', round(silence), 'last_at', last_active_at::varchar),
      'actual': round(silence), 'usual_low': 0.0, 'usual_high': $silence_days::double, 'unit': 'days'
    },
    case when is_new_account then {
      'weight': 0.3, 'id': 'account_not_used_before', 'values': json_object(),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end,
    case when above_factor > 1 then {
      'weight': 0.2, 'id': 'largest_of_vendor',
      'values': json_object('highest_factor', round(above_factor, 1)::double),
      'actual': amount::double, 'usual_low': null, 'usual_high': highest_amount::double, 'unit': currency
    } end
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from woken
where score >= $least_score
