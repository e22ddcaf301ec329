import type { Queryable } from '#analytics/table.ts';
import type { Case } from '../state/cases.ts';

/**
 * Time of day, UTC "HH:MM", at which each entity's payment runs of the last weeks began: the usual
 * half hour in which their payments left.
 */
export async function runTimes(
  warehouse: Queryable,
  asOf: string,
): Promise<ReadonlyMap<string, string>> {
  if (asOf === '') return new Map();
  const rows = await warehouse.rows(
    `select company_key::varchar as company_key, left(mode(time_bucket(interval 30 minute, executed_at)::time)::varchar, 5) as run_time
     from payment_fact
     where in_run and executed_at between $as_of::timestamp - interval 42 day and $as_of::timestamp
     group by company_key`,
    { as_of: asOf.replace('T', ' ').replace('Z', '') },
  );
  return new Map(rows.map((row) => [String(row['company_key']), String(row['run_time'])]));
}

/**
 * When a case's money would leave: the planned day at the hour its entity's runs leave. Null without
 * a payment request: a due day alone is no run.
 */
export function runMoment(
  one: Pick<Case, 'due_at' | 'company_key' | 'payment_request_key'>,
  times: ReadonlyMap<string, string>,
): string | null {
  if (one.due_at === null || one.payment_request_key === null) return null;
  const time = times.get(one.company_key);
  if (time === undefined || !one.due_at.includes('T00:00:00')) return one.due_at;
  return `${one.due_at.slice(0, 10)}T${time}:00.000Z`;
}
