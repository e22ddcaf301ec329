-- One row per request for a vendor that the master blocks, lacks or knows little of.
with faulty as (
  select
    request.payment_request_key, request.company_key, request.vendor_key, request.amount, request.currency,
    request.amount_base, request.requested_at,
    case
      when vendor.vendor_key is null then 'vendor_unknown'
      when vendor.blocked then 'vendor_blocked'
      when vendor.tax_id is null and vendor.address is null and vendor.payment_terms is not null
        and not coalesce(vendor.one_time, false) then 'vendor_incomplete'
    end as fault
  from payment_flow as request
  left join vendor on vendor.vendor_key = request.vendor_key
  where request.vendor_key is not null and request.amount > 0 and fault is not null
),
judged as (
  select *, row_number() over (partition by vendor_key order by requested_at, payment_request_key) as place
  from faulty
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  case fault when 'vendor_blocked' then 0.9 when 'vendor_unknown' then 0.8 else 0.55 end as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': case fault when 'vendor_unknown' then 'vendor_unknown' when 'vendor_blocked' then 'vendor_blocked' else 'vendor_incomplete' end,
      'values': json_object(),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    }
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from judged
where (fault = 'vendor_blocked' or place = 1) and amount_base >= $minimum_amount
