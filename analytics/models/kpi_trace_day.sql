-- One row per day of closing and company: traces, with rework and at first pass.
-- key: ended_on
-- touched by: kpi_trace.ended_on
select
  ended_on,
  company_key,
  sum(closed)::BIGINT as closed,
  sum(reworked)::BIGINT as reworked,
  sum(first_pass)::BIGINT as first_pass,
from kpi_trace
where ended_on is not null
group by ended_on, company_key
