-- One row per month, company and approver: decisions and the days with any.
-- key: decided_month_on
-- touched by: kpi_decision.(date_trunc('month', decided_on)::date)
--
-- top_decisions  its decisions when it is one of the three with the most of that month and company, else 0
with approver as (
  select
    date_trunc('month', decided_on)::DATE as decided_month_on,
    company_key,
    actor_key,
    sum(decisions)::BIGINT as decisions,
    count(distinct decided_on) as active_days,
  from kpi_decision
  where actor_key is not null
  group by decided_month_on, company_key, actor_key
),

ranked as (
  select
    *,
    row_number() over (partition by decided_month_on, company_key order by decisions desc, actor_key) as place,
  from approver
)

select
  md5(concat_ws(chr(31), decided_month_on, company_key, actor_key))::UUID as approver_month_key,
  decided_month_on,
  company_key,
  actor_key,
  decisions,
  active_days,
  case when place <= 3 then decisions else 0 end as top_decisions,
from ranked
