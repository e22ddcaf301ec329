select
  place.kind as "kind", place.twin as "twin", place.kind || if(place.twin, '-twin-', '-') || (place.j + 1)::varchar as "incident_id",
  if(answer.subject = 'payment_request' and request.k is not null, 'payment_request', 'invoice') as "subject",
  if(answer.subject = 'payment_request' and request.k is not null, request_id(document.request_no), document_id(document.document_no)) as "subject_id",
  expected.detectors as "detectors", coalesce(document.requested_at, document.entered_at)::date as "date",
  coalesce(request.status in ('In approval', 'Approved'), false) as "is_open"
from answer join place on place.k = answer.place_k join document on document.k = answer.plan_k
join expected using (kind) left join request on request.k = answer.plan_k
where document.entered_at <= getvariable('present')
order by place.k, answer.plan_k
