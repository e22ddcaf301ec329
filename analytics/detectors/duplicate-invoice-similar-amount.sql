-- One row per invoice whose number the vendor used before with an amount mistyped or slightly changed.
with invoice as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, invoice_number, number_normal, currency,
    amount_gross, invoiced_on, compared_on, paid_on, paid_at, requested_at, known_at, taken_back_at
  from duplicate_candidate
  where is_comparable and not is_collective and length(number_normal) >= $least_length
),
asked as (
  select distinct vendor_key, number_normal from invoice where known_at >= $since::timestamp
),
repeated as (
  select vendor_key, number_normal
  from invoice
  semi join asked on asked.vendor_key = invoice.vendor_key and asked.number_normal = invoice.number_normal
  group by all
  having min(amount_gross) < max(amount_gross)
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
    earlier.amount_gross as earlier_amount,
    earlier.compared_on as earlier_on,
    earlier.known_at as earlier_known_at,
    earlier.taken_back_at as earlier_taken_back_at,
    coalesce(later.invoiced_on = earlier.invoiced_on, false) as is_same_date,
    abs(date_diff('day', earlier.compared_on, later.compared_on)) as gap_days,
    list_sort(string_split(lpad(later.amount_gross::varchar, 20, '0'), ''))
      = list_sort(string_split(lpad(earlier.amount_gross::varchar, 20, '0'), '')) as is_transposed,
    later.amount_gross::double / earlier.amount_gross::double - 1 as change_rate
  from numbered as later
  join numbered as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.number_normal = later.number_normal
    and earlier.currency = later.currency
    and earlier.amount_gross <> later.amount_gross
    and earlier.earlier_count < later.earlier_count
  where later.known_at >= $since::timestamp
    and later.earlier_count <= $most_count
    and later.earlier_dates <= $reference_count
    and gap_days <= $window_days
    and (is_transposed or abs(change_rate) <= $tolerance_rate)
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
  if(is_transposed, 0.92, 0.85) + if(is_same_date, 0.05, 0) - 0.15 * gap_days / $window_days as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 0.5, 'id': 'number_used_before',
      'values': json_object(
        'number', invoice_number, 'earlier_on', earlier_on::varchar
      ),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    },
    {
      'weight': 0.5, 'id': if(is_transposed, 'amount_transposed', 'amount_nearly_equal'),
      'values': json_object(
        'invoice_amount', amount_gross::varchar, 'earlier_amount', earlier_amount::varchar, 'currency', currency
      ),
      'actual': round(change_rate, 4), 'usual_low': null, 'usual_high': null, 'unit': 'rate'
    }
  ] as reasons,
  earlier_keys as evidence_keys,
  known_at as found_as_of
from nearest
