-- One row per vendor whose money passes one approver though several could approve.
with peer as (
  select person.employee_key, count(*) - 1 as peer_count
  from employee as person
  join employee as other
    on other.company_key = person.company_key
    and other.role = person.role
    and coalesce(other.active, true)
    and not coalesce(other.is_service_account, false)
  group by person.employee_key
),
approved as (
  select
    payment_request_key, company_key, vendor_key, currency, amount, amount_base, last_approver_key, last_approved_at
  from payment_flow
  where last_approver_key is not null and amount_base > 0 and vendor_key is not null
),
past as (
  select vendor_key, last_approver_key, count(*) as past_count, sum(amount_base) as past_amount
  from approved
  where last_approved_at < $since::timestamp
  group by vendor_key, last_approver_key
),
past_of_vendor as (
  select vendor_key, sum(past_count)::bigint as past_count, sum(past_amount) as past_amount from past group by vendor_key
),
running as (
  select
    approved.*,
    coalesce(past_of_vendor.past_count, 0) + row_number() over vendor_order as approved_count,
    coalesce(past_of_vendor.past_amount, 0) + sum(amount_base) over vendor_order as vendor_amount,
    coalesce(past.past_amount, 0) + sum(amount_base) over (
      partition by approved.vendor_key, approved.last_approver_key order by last_approved_at, payment_request_key
      rows between unbounded preceding and current row
    ) as approver_amount
  from approved
  left join past_of_vendor on past_of_vendor.vendor_key = approved.vendor_key
  left join past
    on past.vendor_key = approved.vendor_key and past.last_approver_key = approved.last_approver_key
  where last_approved_at >= $since::timestamp
  window vendor_order as (
    partition by approved.vendor_key order by last_approved_at, payment_request_key
    rows between unbounded preceding and current row
  )
),
concentrated as (
  select running.*, (approver_amount / vendor_amount)::double as approver_rate, peer_count
  from running
  join peer on peer.employee_key = running.last_approver_key
  where approved_count % $least_count = 0 and approver_rate >= $most_rate and peer_count >= $least_peers
    and vendor_amount >= $minimum_amount
)
select
  vendor_key as partition_key,
  vendor_key as subject_key,
  null::uuid as payment_request_key,
  company_key,
  vendor_key,
  0.5 + 0.4 * (approver_rate - $most_rate) / (1.0001 - $most_rate) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'one_approver',
      'values': json_object('employee_key', last_approver_key::varchar, 'approver_rate', round(approver_rate, 4), 'approved_count', approved_count, 'peer_count', peer_count),
      'actual': round(approver_rate, 4), 'usual_low': 0.0, 'usual_high': $most_rate::double, 'unit': 'rate'
    }
  ] as reasons,
  [] as evidence_keys,
  last_approved_at as found_as_of
from concentrated
