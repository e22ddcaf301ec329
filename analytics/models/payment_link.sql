-- One row per payment: which request and invoice it pays, to whom and where it went.
-- What the payment does not name itself is found through its request. counts is false for returned and cancelled ones.
-- key: payment_key
-- touched by: payment.payment_key, payment_request.payment_request_key via payment.payment_request_key
select
  payment.payment_key,
  payment.payment_request_key,
  coalesce(payment.invoice_key, payment_request.invoice_key) as invoice_key,
  coalesce(payment.vendor_key, payment_request.vendor_key) as vendor_key,
  payment.account_token,
  payment.executed_at,
  coalesce(payment.status, 'sent') in ('sent', 'settled') as counts
from payment
left join payment_request using (payment_request_key)
