select
  request_id(request_no) as "Request No.", code as "Company Code", vendor_no(vendor_k) as "Vendor No.", document_id(document_no) as "Document No.",
  requested_by as "Requested By", iso(requested_at) as "Requested At (UTC)",
  strftime(case
    when status = 'In approval' then greatest(last_run_on(due_on), next_run_on(getvariable('present_local')))
    else run_on end, '%d.%m.%Y') as "Planned Run",
  channel as "Payment Method", account as "Payee Account", currency as "Currency", amount as "Amount",
  if(urgent, 'Yes', 'No') as "Urgent", status as "Status", iso(last_at) as "Status At (UTC)", steps as "Version",
  coalesce(text, category || ' ' || invoice_number) as "Text"
from request left join account_used using (k)
order by request_no
