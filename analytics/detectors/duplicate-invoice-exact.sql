-- One row per invoice whose vendor had already sent the same number with the same amount.
with invoice as (
  select
    *,
    -- Vendors who print their customer number instead of an invoice number repeat it on every invoice.
    count(distinct invoiced_on) over (
      partition by vendor_key, number_normal order by known_at, invoice_key
      rows between unbounded preceding and 1 preceding
    ) as earlier_dates
  from duplicate_candidate
  where is_comparable
),
pair as (
  select
    later.*,
    earlier.invoice_key as earlier_key,
    earlier.invoiced_on as earlier_invoiced_on,
    earlier.known_at as earlier_known_at,
    earlier.company_key as earlier_company_key,
    case when earlier.paid_at <= later.known_at then earlier.paid_on end as earlier_paid_on,
    abs(date_diff('day', earlier.invoiced_on, later.invoiced_on)) as gap_days
  from invoice as later
  join invoice as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.number_normal = later.number_normal
    and earlier.amount_gross = later.amount_gross
    and earlier.currency = later.currency
    and (earlier.known_at, earlier.invoice_key) < (later.known_at, later.invoice_key)
  where coalesce(gap_days, 0) <= $window_days
    and (later.earlier_dates <= $reference_count or gap_days = 0)
),
-- Netting first: an invoice taken back before the other was asked to be paid is no duplicate.
standing as (
  select * from pair
  where not exists (
    select 1 from duplicate_candidate as taken_back
    where taken_back.vendor_key = pair.vendor_key
      and taken_back.known_at <= coalesce(pair.requested_at, pair.known_at)
      and (
        taken_back.reversal_of_key in (pair.earlier_key, pair.invoice_key)
        or (
          taken_back.reversal_of_key is null
          and taken_back.amount_gross = -pair.amount_gross
          and taken_back.currency = pair.currency
          and taken_back.known_at >= pair.earlier_known_at
        )
      )
  )
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
  0.99 - 0.25 * coalesce(gap_days, 0) / $window_days - if(company_key <> earlier_company_key, 0.1, 0) as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 0.7, 'id': 'same_number_and_amount',
      'values': json_object(
        'number', invoice_number, 'invoice_amount', amount_gross::varchar, 'currency', currency,
        'earlier_on', coalesce(earlier_invoiced_on, earlier_known_at::date)::varchar
      ),
      'actual': len(earlier_keys) + 1.0, 'usual_low': 1.0, 'usual_high': 1.0, 'unit': 'count'
    },
    case when gap_days = 0 then {
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
