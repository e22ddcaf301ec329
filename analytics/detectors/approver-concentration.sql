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
running as (
  select
    *,
    row_number() over vendor_order as approved_count,
    sum(amount_base) over vendor_order as vendor_amount,
    sum(amount_base) over (
      partition by vendor_key, last_approver_key order by last_approved_at, payment_request_key
    ) as approver_amount
  from approved
  window vendor_order as (partition by vendor_key order by last_approved_at, payment_request_key)
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
