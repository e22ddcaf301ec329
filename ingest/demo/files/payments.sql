select
  (2000000000 + payment_no)::varchar as "Payment No.", code as "Company Code", vendor_no(vendor_k) as "Vendor No.", document_id(document_no) as "Document No.",
  request_id(request_no) as "Request No.", (2000000000 + payment_no)::varchar as "Payment Document",
  case when run_on is not null then 'RUN-' || code || '-' || strftime(run_on, '%Y%m%d') end as "Run",
  end_to_end(payment_no) as "End-to-End ID", channel as "Payment Method",
  account as "Payee Account", currency as "Currency", paid_amount as "Amount", discount_taken as "Discount Taken",
  fee(channel, paid_amount) as "Fee", currency as "Fee Currency", iso(executed_at) as "Executed At (UTC)",
  case when run_on is not null or path = 'debit' then service_id(company, 'PAY-RUN') else person_id(company, 9, whole('sender', k, 3)) end as "Executed By",
  strftime(value_on, '%d.%m.%Y') as "Value Date", if(value_on <= getvariable('present')::date, 'settled', 'sent') as "Status"
from payment left join account_used using (k)
order by payment_no
