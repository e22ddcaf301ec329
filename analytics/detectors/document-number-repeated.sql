-- One row per invoice booked under a document number that was taken.
with document as (
  select
    invoice_key, company_key, vendor_key, payment_request_key, document_number, currency, amount_gross, reversal_of_key,
    coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at) as known_at
  from invoice_flow
  where length(document_number) >= $least_length
),
sequenced as (
  select
    *,
    row_number() over number_order - 1 as earlier_count
  from document
  window number_order as (partition by company_key, document_number order by known_at, invoice_key)
  qualify count(*) over (partition by company_key, document_number) > 1
),
pair as (
  select
    later.*,
    earlier.invoice_key as earlier_key,
    earlier.known_at as earlier_known_at
  from sequenced as later
  join sequenced as earlier
    on earlier.company_key = later.company_key
    and earlier.document_number = later.document_number
    and earlier.earlier_count = later.earlier_count - 1
  where later.earlier_count < $most_count
    and not coalesce(later.vendor_key = earlier.vendor_key, false)
    and later.reversal_of_key is null and later.amount_gross > 0
    and date_diff('day', earlier.known_at, later.known_at) < $year_days
)
select
  document_number as partition_key,
  invoice_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  0.7 as score,
  amount_gross as amount_at_stake,
  currency,
  [
    {
      'weight': 1.0, 'id': 'document_number_taken',
      'values': json_object('document_number', document_number, 'earlier_at', earlier_known_at::varchar),
      'actual': earlier_count + 1.0, 'usual_low': 1.0, 'usual_high': 1.0, 'unit': 'count'
    }
  ] as reasons,
  [earlier_key] as evidence_keys,
  known_at as found_as_of
from pair
