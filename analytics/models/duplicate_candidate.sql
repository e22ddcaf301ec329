-- One row per invoice or credit note, in the form in which duplicate tests compare them.
-- key: invoice_key
-- touched by: invoice_flow.invoice_key, payment_flow.invoice_key
-- known_at        when it stood in our books; what a test may know of it
-- number_shape    the number with letters and digits that scanners confuse made equal
-- amount_digits   digits of the amount in ascending order: equal for transposed amounts
-- number_amount   number, amount and currency: the same document under whatever vendor
with invoice as (
  select
    *,
    coalesce(entered_at, received_at, requested_at, posted_on, invoiced_on, paid_at) as known_at
  from invoice_flow
),
request as (
  select payment_request_key, vendor_name, account_token from payment_flow
)
select
  invoice.invoice_key,
  invoice.company_key,
  invoice.vendor_key,
  invoice.payment_request_key,
  invoice.purchase_order_key,
  invoice.reversal_of_key,
  invoice.invoice_number,
  invoice.invoice_number_normal as number_normal,
  translate(invoice.invoice_number_normal, 'OQDILBSZG', '000118526') as number_shape,
  list_aggregate(
    list_sort(string_split(replace(abs(invoice.amount_gross)::varchar, '.', ''), '')), 'string_agg', ''
  ) as amount_digits,
  invoice.invoice_number_normal || '|' || abs(invoice.amount_gross)::varchar || '|' || invoice.currency as number_amount,
  invoice.category,
  invoice.currency,
  request.vendor_name,
  request.account_token,
  invoice.amount_gross,
  invoice.amount_base,
  invoice.amount_gross > 0
    and invoice.reversal_of_key is null
    and invoice.document_type is distinct from 'credit'
    and length(invoice.invoice_number_normal) >= 2 as is_comparable,
  coalesce(invoice.is_reversed, false) as is_reversed,
  invoice.invoiced_on,
  invoice.paid_on,
  invoice.paid_at,
  invoice.requested_at,
  invoice.known_at
from invoice
left join request on request.payment_request_key = invoice.payment_request_key
