-- One row per invoice or credit note, in the form in which duplicate tests compare them.
-- key: invoice_key
-- touched by: invoice_flow.invoice_key, invoice_flow.reversal_of_key, standing_invoice.invoice_key, payment_flow.invoice_key,
--   vendor.vendor_key via invoice_flow.vendor_key
-- known_at        when it stood in our books; what a test may know of it
-- compared_on     day by which two documents are compared: the invoice's own, else that of known_at
-- taken_back_at   when a document that takes this one back, by link or by amount, first stood in our books
-- number_amount   number, amount and currency: the same document under whatever vendor
-- is_comparable   an invoice with a number of its own, and not what a spreadsheet made of one (12:00 AM, 1.2E+11; with five digits left it still tells documents apart)
-- is_collective   booked to an account of many payees, of whom the vendor says nothing
with invoice as (
  select
    *,
    coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at) as known_at,
    (contains(invoice_number, ':') or contains(invoice_number, 'E+'))
      and regexp_full_match(invoice_number, '\d\d?:\d\d(:\d\d)?( ?[AP]M)?|\d(\.\d{1,3})?E\+\d+') as is_spoilt
  from invoice_flow
),
reversal as (
  select reversal_of_key, min(known_at) as reversed_at
  from invoice
  where reversal_of_key is not null
  group by reversal_of_key
),
standing as (
  select invoice_key, taken_back_at from standing_invoice where taken_back_at is not null
),
request as (
  select payment_request_key, vendor_name, account_token from payment_flow
),
collective as (
  select vendor_key from vendor where one_time
)
select
  invoice.invoice_key,
  invoice.company_key,
  invoice.vendor_key,
  invoice.payment_request_key,
  invoice.reversal_of_key,
  invoice.invoice_number,
  invoice.invoice_number_normal as number_normal,
  invoice.invoice_number_normal || '|' || abs(invoice.amount_gross)::varchar || '|' || invoice.currency as number_amount,
  invoice.currency,
  request.vendor_name,
  request.account_token,
  invoice.amount_gross,
  invoice.amount_base,
  invoice.amount_gross > 0
    and invoice.reversal_of_key is null
    and invoice.document_type is distinct from 'credit'
    and length(invoice.invoice_number_normal) >= 2
    and not coalesce(invoice.is_spoilt, false) as is_comparable,
  collective.vendor_key is not null as is_collective,
  invoice.invoiced_on,
  coalesce(invoice.invoiced_on, invoice.known_at::date) as compared_on,
  invoice.paid_on,
  invoice.paid_at,
  invoice.requested_at,
  invoice.known_at,
  least(reversal.reversed_at, standing.taken_back_at) as taken_back_at
from invoice
left join request on request.payment_request_key = invoice.payment_request_key
left join reversal on reversal.reversal_of_key = invoice.invoice_key
left join standing on standing.invoice_key = invoice.invoice_key
left join collective on collective.vendor_key = invoice.vendor_key
