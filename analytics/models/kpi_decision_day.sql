-- One row per day, company and role: decisions, rejections, delegated and quick ones.
-- key: decided_on
-- touched by: kpi_decision.decided_on
select
  decided_on,
  company_key,
  role,
  sum(decisions)::BIGINT as decisions,
  sum(rejected)::BIGINT as rejected,
  sum(delegated)::BIGINT as delegated,
  sum(timed)::BIGINT as timed,
  sum(quick)::BIGINT as quick,
from kpi_decision
where decided_on is not null
group by decided_on, company_key, role
