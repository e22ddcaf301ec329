-- One row per first day, last day and company: traces.
-- key: started_on
-- touched by: kpi_trace.started_on
select
  started_on,
  company_key,
  ended_on,
  sum(traces)::BIGINT as traces,
from kpi_trace
where started_on is not null
group by started_on, company_key, ended_on
