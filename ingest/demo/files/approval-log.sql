select
  request_id(request_no) || '-' || sequence::varchar as "Event No.", request_id(request_no) as "Request No.",
  document_id(document_no) as "Document No.", code as "Company Code", sequence as "Sequence", activity as "Activity", action as "Action",
  (select role.role from role where role.role_no = logged.role_no) as "Role", actor as "User", behalf as "On Behalf Of",
  iso(before_at) as "Assigned At (UTC)", iso(happened) as "Decided At (UTC)", currency as "Currency", amount as "Amount", logged.comment as "Comment"
from logged join document using (k)
order by request_no, sequence
