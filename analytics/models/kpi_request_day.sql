-- One row per day of request and company: requests, those to a changed account and the verified of them.
-- key: requested_on
-- touched by: kpi_request.requested_on
select
  requested_on,
  company_key,
  sum(requests)::BIGINT as requests,
  sum(account_changed)::BIGINT as account_changed,
  sum(account_verified)::BIGINT as account_verified,
from kpi_request
where requested_on is not null
group by requested_on, company_key
