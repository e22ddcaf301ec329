-- One row per invoice with vendor, date and amount of an earlier one and no number to tell them apart.
with collective as (
  select vendor_key from vendor where one_time
),
repeated as (
  select vendor_key, currency, amount_gross, invoiced_on
  from standing_invoice
  where invoiced_on is not null and amount_base >= $minimum_amount
  group by vendor_key, currency, amount_gross, invoiced_on
  having count(*) > 1 and max(known_at) >= $since::timestamp
),
sequenced as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, number_normal, currency, amount_gross, invoiced_on,
    known_at, taken_back_at, is_recurring,
    row_number() over same_day - 1 as earlier_count
  from standing_invoice as invoice
  semi join repeated
    on repeated.vendor_key = invoice.vendor_key
    and repeated.currency = invoice.currency
    and repeated.amount_gross = invoice.amount_gross
    and repeated.invoiced_on = invoice.invoiced_on
  anti join collective on collective.vendor_key = invoice.vendor_key
  where invoiced_on is not null and amount_base >= $minimum_amount
  window same_day as (partition by vendor_key, currency, amount_gross, invoiced_on order by known_at, invoice_key)
),
pair as (
  select later.*, earlier.invoice_key as earlier_key
  from sequenced as later
  join sequenced as earlier
    on earlier.vendor_key = later.vendor_key
    and earlier.currency = later.currency
    and earlier.amount_gross = later.amount_gross
    and earlier.invoiced_on = later.invoiced_on
    and earlier.earlier_count = later.earlier_count - 1
  where later.earlier_count <= $most_count
    and not later.is_recurring
    and least(coalesce(length(later.number_normal), 0), coalesce(length(earlier.number_normal), 0)) < 3
    and coalesce(earlier.taken_back_at > later.known_at, true)
)
select
  vendor_key as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.8 - 0.1 * (earlier_count - 1) as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'same_day_same_amount',
      'values': json_object('invoice_amount', amount_gross::varchar, 'currency', currency, 'invoiced_on', invoiced_on::varchar),
      'actual': earlier_count + 1.0, 'usual_low': 1.0, 'usual_high': 1.0, 'unit': 'count'
    }
  ] as reasons,
  [earlier_key] as evidence_keys,
  known_at as found_as_of
from pair
