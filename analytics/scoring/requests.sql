-- One row per payment request of the vendors in a range, vendor by vendor, in the order in which they were made.
-- Keys and texts are numbers of 52 bits, amounts ten-thousandths.
select
  @key(flow.payment_request_key) as request,
  flow.requested_at,
  (flow.amount * 10000)::bigint as amount,
  @code(flow.currency) as currency,
  @key(flow.company_key) as company,
  @key(flow.requested_by_key) as requester,
  @code(flow.account_token) as account,
  @key(invoice.purchase_order_key) as placed_order,
  flow.urgent::integer::bigint as urgent
from payment_flow as flow
left join invoice_flow as invoice on invoice.invoice_key = flow.invoice_key
where flow.vendor_key between $first_vendor::uuid and $last_vendor::uuid
  and flow.requested_at >= $history_from::timestamp
order by flow.vendor_key, flow.requested_at, flow.payment_request_key
