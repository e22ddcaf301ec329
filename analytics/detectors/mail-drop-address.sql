-- One row per first request of a vendor whose address is a mailbox.
with mailbox as (
  select
    vendor_key, created_at,
    regexp_extract(
      address,
      '(?i)\bp\.? ?o\.? ?box\b|\bpostfach\b|\bpostbus\b|\bbo[iî]te postale\b|\bapartado( de correos)?\b|\bc/o\b|\bpmb ?[0-9]|\bmail ?drop\b|\bvirtual office\b|信箱|代收'
    ) as address_word
  from vendor
  where address is not null and not coalesce(one_time, false)
),
request as (
  select
    request.*, mailbox.address_word,
    row_number() over (partition by request.vendor_key order by requested_at, payment_request_key) as place
  from payment_flow as request
  join mailbox on mailbox.vendor_key = request.vendor_key and mailbox.address_word <> ''
)
select
  vendor_key as partition_key,
  payment_request_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.5 + 0.3 * least(amount_base::double / 100000, 1) as score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'mail_drop_address',
      'values': json_object('address_word', address_word),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    }
  ] as reasons,
  [] as evidence_keys,
  requested_at as found_as_of
from request
where place <= $first_count and amount_base >= $minimum_amount
