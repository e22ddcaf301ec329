-- One row per day of request, day of decision and company: requests.
-- key: requested_on
-- touched by: kpi_request.requested_on
select
  requested_on,
  company_key,
  decided_on,
  sum(requests)::BIGINT as requests,
from kpi_request
where requested_on is not null
group by requested_on, company_key, decided_on
