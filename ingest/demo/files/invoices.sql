select
  document_id(document_no) as "Document No.", code as "Company Code", vendor_no(vendor_k) as "Vendor No.",
  case when order_no is not null then (4500000000 + order_no)::varchar end as "PO No.",
  case document_type when 'credit' then 'KG' when 'expense' then 'ER' else 'RE' end as "Document Type",
  invoice_number as "Invoice No.", strftime(invoiced_on, '%d.%m.%Y') as "Invoice Date",
  iso(received_at) as "Received At (UTC)", iso(entered_at) as "Entered At (UTC)", entered_by as "Entered By",
  strftime(entered::date, '%d.%m.%Y') as "Posting Date", strftime(due_on, '%d.%m.%Y') as "Due Date",
  currency as "Currency", amount as "Gross Amount", round(amount * tax_rate / (1 + tax_rate), 2)::decimal(18, 2) as "Tax Amount",
  discount_rate as "Discount Rate", strftime(discount_on, '%d.%m.%Y') as "Discount Date",
  category as "Category", cost_center as "Cost Center",
  coalesce(text, category || ' ' || strftime(invoiced_on, '%Y-%m')) as "Text",
  if(payment.k is not null, 'Cleared', 'Open') as "Status", null as "Payment Block",
  document_id((select first_document.document_no from document as first_document where first_document.k = document.reversal_of_k)) as "Reversal Of"
from document left join order_plan using (k) left join (select k from payment) as payment using (k)
where entered_at <= getvariable('present')
order by document_no
