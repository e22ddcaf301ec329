import { wilsonInterval } from '../statistics/wilson-interval.ts';
import type { Parameter, Queryable, Row } from '../table.ts';
import { scopePredicate, type ProcessScope } from './scope.ts';

/**
 * One line of the step table: the decisions of a role, or all events of another action.
 * `rejected` and its interval are null for what is not a check.
 */
export interface Step {
  readonly step: string;
  readonly kind: 'role' | 'action';
  readonly events: number;
  readonly rejected: number | null;
  readonly rejected_rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly median_wait_seconds: number | null;
  readonly p90_wait_seconds: number | null;
  readonly total_wait_seconds: number;
  /** Of all waiting in scope. */
  readonly share_of_wait: number | null;
}

/**
 * Where traces wait: each event belongs to exactly one line, so the totals add up to all waiting.
 *
 * Definition  wait = calendar time since the previous event of the trace. Decisions (approved,
 *             final approved, rejected, returned) go by role, everything else by action.
 * Shape       one row per step, the longest total wait first
 * Units       seconds; rates as fractions with a 95 % Wilson interval
 */
export async function stepTable(
  warehouse: Queryable,
  scope: ProcessScope,
): Promise<readonly Step[]> {
  const values: Record<string, Parameter> = {};
  const rows = await warehouse.rows(
    `with step as (
      select *, action in ('approved', 'final_approved', 'rejected', 'returned') and role is not null as is_check
      from approval_step where ${scopePredicate(scope, values).steps}
    )
    select case when is_check then role else action end as step, is_check,
      count(*)::BIGINT as events,
      count(*) filter (action in ('rejected', 'returned'))::BIGINT as rejected,
      median(wait_seconds) as median_wait_seconds,
      quantile_cont(wait_seconds, 0.9) as p90_wait_seconds,
      coalesce(sum(wait_seconds), 0)::DOUBLE as total_wait_seconds
    from step group by all order by total_wait_seconds desc, step`,
    values,
  );
  const total = rows.reduce((sum, row) => sum + Number(row['total_wait_seconds']), 0);
  return rows.map((row) => stepOf(row, total));
}

function stepOf(row: Row, total: number): Step {
  const events = Number(row['events']);
  const rejected = row['is_check'] === true ? Number(row['rejected']) : null;
  const interval = rejected === null ? null : wilsonInterval(rejected, events);
  const wait = Number(row['total_wait_seconds']);
  return {
    step: String(row['step']),
    kind: row['is_check'] === true ? 'role' : 'action',
    events,
    rejected,
    rejected_rate: rejected === null ? null : rejected / events,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    median_wait_seconds: secondsOf(row['median_wait_seconds']),
    p90_wait_seconds: secondsOf(row['p90_wait_seconds']),
    total_wait_seconds: wait,
    share_of_wait: total > 0 ? wait / total : null,
  };
}

function secondsOf(value: Row[string] | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
