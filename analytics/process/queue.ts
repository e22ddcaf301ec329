import type { Parameter, Queryable } from '../table.ts';
import { scopePredicate, type ProcessScope } from './scope.ts';

/** Open traces that wait after the same step, before the same person when one was named. */
export interface QueueLine {
  readonly last_activity: string;
  /** Whom the step was assigned to; null when the log does not say. */
  readonly actor_key: string | null;
  readonly actor_name: string | null;
  readonly traces: number;
  readonly median_age_seconds: number;
  readonly greatest_age_seconds: number;
  readonly amount_base: string | null;
}

/**
 * Who has what before them now.
 *
 * Definition  open traces by their last activity; the person is the one it was assigned to, when
 *             the last event is an assignment. Age = `asOf` − last event.
 * Shape       one row per activity and person, the most traces first, at most 200
 */
export async function approvalQueue(
  warehouse: Queryable,
  scope: ProcessScope,
  asOf: string,
): Promise<readonly QueueLine[]> {
  const values: Record<string, Parameter> = { as_of: asOf };
  const rows = await warehouse.rows(
    `with open_trace as (
      select trace_key, last_activity, ended_at, amount_base, events
      from approval_trace where ${scopePredicate(scope, values).traces} and is_open
    ),
    assigned as (
      select trace_key, position, actor_key from approval_step
      where action = 'assigned' and trace_key in (select trace_key from open_trace)
    ),
    waiting as (
      select open_trace.*, assigned.actor_key,
        epoch($as_of::TIMESTAMPTZ) - epoch(ended_at) as age_seconds
      from open_trace left join assigned
        on assigned.trace_key = open_trace.trace_key and assigned.position = open_trace.events
    )
    select last_activity, actor_key::VARCHAR as actor_key, any_value(name) as actor_name,
      count(*)::BIGINT as traces, median(age_seconds) as median_age_seconds,
      max(age_seconds) as greatest_age_seconds,
      sum(amount_base)::DECIMAL(38,4)::VARCHAR as amount_base
    from waiting left join (select employee_key, name from employee) on employee_key = actor_key
    group by last_activity, actor_key order by traces desc, last_activity, actor_key limit 200`,
    values,
  );
  return rows.map((row) => ({
    last_activity: String(row['last_activity']),
    actor_key: textOrNull(row['actor_key']),
    actor_name: textOrNull(row['actor_name']),
    traces: Number(row['traces']),
    median_age_seconds: Number(row['median_age_seconds']),
    greatest_age_seconds: Number(row['greatest_age_seconds']),
    amount_base: textOrNull(row['amount_base']),
  }));
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
