-- One row per day, company and role: decisions and rejections.
-- key: decided_on
-- touched by: kpi_decision.decided_on
select
  decided_on,
  company_key,
  role,
  sum(decisions)::BIGINT as decisions,
  sum(rejected)::BIGINT as rejected,
from kpi_decision
where decided_on is not null
group by decided_on, company_key, role
