-- One row per day a step was ready, day of its decision, company and role: steps.
-- key: ready_on
-- touched by: kpi_decision.ready_on, kpi_open_task.ready_on
with tasks as (
  select ready_on, company_key, role, decided_on, tasks
  from kpi_decision
  union all
  select ready_on, company_key, null as role, null as decided_on, tasks
  from kpi_open_task
)

select
  ready_on,
  company_key,
  role,
  decided_on,
  sum(tasks)::BIGINT as tasks,
from tasks
where ready_on is not null
group by ready_on, company_key, role, decided_on
