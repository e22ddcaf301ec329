-- One row per invoice whose vendor had already sent the same number with the same amount.
with invoice as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, invoice_number, number_normal, currency,
    amount_gross, invoiced_on, compared_on, paid_on, paid_at, requested_at, known_at, taken_back_at
  from duplicate_candidate
  where is_comparable and not is_collective
),
asked as (
  select distinct vendor_key, number_normal from invoice where known_at >= $since::timestamp
),
repeated as (
  select vendor_key, number_normal
  from invoice
  semi join asked on asked.vendor_key = invoice.vendor_key and asked.number_normal = invoice.number_normal
  group by all
  having count(*) > 1
),
-- Documents of one vendor under one number, in the order in which they came. A number on many of
-- them, or on several dates, is that of the customer or the contract and not of an invoice.
sequenced as (
  select
    *,
    row_number() over number_order - 1 as earlier_count,
    row_number() over (partition by vendor_key, number_normal, compared_on order by known_at, invoice_key) = 1 as is_new_date
  from invoice
  semi join repeated
    on repeated.vendor_key = invoice.vendor_key and repeated.number_normal = invoice.number_normal
  window number_order as (partition by vendor_key, number_normal order by known_at, invoice_key)
),
numbered as (
  select
    *,
    coalesce(sum(is_new_date::integer) over (
      partition by vendor_key, number_normal order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    ), 0) as earlier_dates
  from sequenced
),
pair as (
  select
    later.*,
    coalesce(later.requested_at, later.known_at) as decided_at,
    earlier.invoice_key as earlier_key,
    earlier.compared_on as earlier_on,
    earlier.known_at as earlier_known_at,
    earlier.company_key as earlier_company_key,
    earlier.taken_back_at as earlier_taken_back_at,
    case when earlier.paid_at <= later.known_at then earlier.paid_on end as earlier_paid_on,
    coalesce(later.invoiced_on = earlier.invoiced_on, false) as is_same_date,
    abs(date_diff('day', earlier.compared_on, later.compared_on)) as gap_days
  from numbered as later
  join numbered as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.number_normal = later.number_normal
    and earlier.amount_gross = later.amount_gross
    and earlier.currency = later.currency
    and earlier.earlier_count < later.earlier_count
  where later.known_at >= $since::timestamp
    and later.earlier_count <= $most_count
    and gap_days <= $window_days
    and (later.earlier_dates <= $reference_count or gap_days = 0)
),
-- Netting first: an invoice taken back before the other was asked to be paid is no duplicate.
standing as (
  select * from pair
  where coalesce(earlier_taken_back_at > decided_at, true) and coalesce(taken_back_at > decided_at, true)
),
nearest as (
  select *, list(earlier_key) over (partition by invoice_key) as earlier_keys
  from standing
  qualify row_number() over (partition by invoice_key order by gap_days, earlier_known_at desc, earlier_key) = 1
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.99 - 0.25 * gap_days / $window_days
    -- Known only by the day of booking, documents of one day, or of the next, may be parts of one.
    - if(invoiced_on is null and gap_days <= 1, 0.3, 0) - if(company_key <> earlier_company_key, 0.1, 0) as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 0.7, 'id': 'same_number_and_amount',
      'values': json_object(
        'number', invoice_number, 'invoice_amount', amount_gross::varchar, 'currency', currency,
        'earlier_on', earlier_on::varchar
      ),
      'actual': len(earlier_keys) + 1.0, 'usual_low': 1.0, 'usual_high': 1.0, 'unit': 'count'
    },
    case when is_same_date then {
      'weight': 0.2, 'id': 'same_invoice_date',
      'values': json_object('invoiced_on', invoiced_on::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end,
    case when earlier_paid_on is not null then {
      'weight': 0.1, 'id': 'earlier_already_paid',
      'values': json_object('paid_on', earlier_paid_on::varchar),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  earlier_keys as evidence_keys,
  known_at as found_as_of
from nearest
