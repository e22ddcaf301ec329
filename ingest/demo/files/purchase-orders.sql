select
  (4500000000 + order_no)::varchar as "PO No.", code as "Company Code", vendor_no(vendor_k) as "Vendor No.",
  iso(utc(to_second(working(coalesce(order_at, invoiced_on - days(6 + 50 * u('ordered', document.k))))), zone)) as "Created At (UTC)",
  person_id(company, 1, (hash(cost_center) % 30)::bigint) as "Created By", currency as "Currency", -- Invoices differ a little from what was ordered.
  (amount * (0.97 + 0.06 * u('order amount', document.k)))::decimal(18, 2) as "Amount",
  category as "Category", 'Released' as "Status"
from order_plan join document using (k)
order by order_no
