import type { KpiRelation } from './kpi.ts';

/** Days after which a step that still waits has broken its promise. */
export const taskLimitDays = 5;

/** Decided steps and those that still wait, with the day each was ready. */
const tasks = `(
  select event_key as task_key, trace_id, process, company_key, role, activity, ready_on, decided_on, tasks
  from kpi_decision
  union all
  select payment_request_key, trace_id, process, company_key, null, last_activity, ready_on, null, tasks
  from kpi_open_task
)`;

const lateTasks = (from: string): string => `(select *, ready_on + ${taskLimitDays} as limit_on,
    case when coalesce(decided_on > ready_on + ${taskLimitDays}, true) then tasks else 0 end as late_tasks
  from ${from})`;

const taskRelation = {
  key: 'task_key',
  columns: ['trace_id', 'company_key', 'role', 'activity', 'ready_on', 'decided_on'],
  dimensions: { company: 'company_key', role: 'role', process: 'process' },
} as const;

/** Relations of the work of approving, by name; `company_key` is a column of each. */
export const taskRelations: Readonly<Record<string, KpiRelation>> = {
  task: { sql: tasks, ...taskRelation },
  late_task: { sql: lateTasks(tasks), ...taskRelation },
  delegation: {
    // Only companies that delegate at all: elsewhere a log may simply not say for whom somebody acted.
    sql: `(select * from kpi_decision where company_key in (${companiesWithDelegates()}))`,
    key: 'event_key',
    columns: ['trace_id', 'company_key', 'role', 'activity', 'action', 'decided_on'],
    dimensions: { company: 'company_key', role: 'role', process: 'process' },
  },
  approver_month: {
    sql: 'kpi_approver_month',
    key: 'approver_month_key',
    columns: ['company_key', 'decided_month_on', 'decisions', 'active_days'],
    dimensions: { company: 'company_key' },
  },
  exception: {
    sql: 'kpi_exception',
    assessable: { sql: 'kpi_trace_interval', clock: 'started_on' },
    key: 'event_key',
    columns: ['trace_id', 'company_key', 'role', 'activity', 'cause', 'occurred_on'],
    dimensions: { company: 'company_key', role: 'role', process: 'process', cause: 'cause' },
  },
};

/** Summed relations beside them, by the name a `Measure.rollup` uses. */
export const taskRollups: Readonly<Record<string, string>> = {
  late_task_interval: lateTasks('kpi_task_interval'),
  delegation_day: `(select * from kpi_decision_day where company_key in (${companiesWithDelegates()}))`,
};

function companiesWithDelegates(): string {
  return 'select company_key from kpi_decision_day group by company_key having sum(delegated) > 0';
}
