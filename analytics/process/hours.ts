import type { Parameter, Queryable } from '../table.ts';
import { scopePredicate, type ProcessScope } from './scope.ts';

/** How many events of a step fall into one hour of the week; Monday is 1, local to the company. */
export interface WeekHour {
  readonly step: string;
  readonly weekday: number;
  readonly hour: number;
  readonly events: number;
}

/**
 * When each step is done: role for decisions, action for the rest, as in the step table.
 *
 * Definition  hour of the week in the company's time zone, else in `timeZone`; steps known only
 *             to the day are left out
 * Shape       one row per step, weekday and hour that has events
 */
export async function stepHours(
  warehouse: Queryable,
  scope: ProcessScope,
  timeZone = 'UTC',
): Promise<readonly WeekHour[]> {
  const values: Record<string, Parameter> = { time_zone: timeZone };
  const rows = await warehouse.rows(
    `with step as (
      select coalesce(case when action in ('approved', 'final_approved', 'rejected', 'returned')
          then role end, action) as step,
        timezone(coalesce(zone, $time_zone), timezone('UTC', occurred_at)) as local_at
      from approval_step
      left join (select company_key as zone_key, time_zone as zone from company) on zone_key = company_key
      where ${scopePredicate(scope, values).steps} and time_precision is distinct from 'date'
    )
    select step, isodow(local_at)::INTEGER as weekday, hour(local_at)::INTEGER as hour,
      count(*)::BIGINT as events
    from step group by all order by step, weekday, hour`,
    values,
  );
  return rows.map((row) => ({
    step: String(row['step']),
    weekday: Number(row['weekday']),
    hour: Number(row['hour']),
    events: Number(row['events']),
  }));
}
