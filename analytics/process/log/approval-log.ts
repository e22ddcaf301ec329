import type { Parameter, Queryable } from '../../table.ts';
import { scopePredicate, type ProcessScope } from '../scope.ts';
import { completeLog } from './encode.ts';
import type { CaseAttribute, EventLog } from './event-log.ts';

/**
 * The warehouse's own approval events as a log in columns.
 *
 * Definition  Order within a trace as in `approval_step`. Case attributes: `amount_base` (group
 *             currency, NaN when unknown) and `company_key`.
 * Shape       one entry per event of the traces in scope; cases are named by trace_key
 */
export async function approvalLog(warehouse: Queryable, scope: ProcessScope): Promise<EventLog> {
  const values: Record<string, Parameter> = {};
  const { steps, traces } = scopePredicate(scope, values);
  const names = async (column: string): Promise<string[]> => {
    const found = await warehouse.columns(
      `select distinct ${column} as name from approval_step where ${steps} and ${column} is not null order by name`,
      values,
    );
    return [...(found.column['name'] ?? [])].map(String);
  };
  const [activities, roles, resources] = await Promise.all(
    ['activity', 'role', 'actor_key'].map(names),
  );
  const code = (column: string) =>
    `(select dense_rank() over (order by name) - 1 as code, name from
      (select distinct ${column} as name from approval_step where ${steps} and ${column} is not null))`;
  const { rowCount, column } = await warehouse.columns(
    `select a.code::BIGINT as activity, coalesce(r.code, -1)::BIGINT as role,
      coalesce(u.code, -1)::BIGINT as resource, s.position::BIGINT as position,
      epoch_us(s.occurred_at) / 1000.0 as time_ms,
      (coalesce(s.time_precision, 'second') = 'date')::BIGINT as day_only,
      s.source_row::BIGINT as source_row
    from (select * from approval_step where ${steps}) as s
    join ${code('activity')} as a on a.name = s.activity
    left join ${code('role')} as r on r.name = s.role
    left join ${code('actor_key')} as u on u.name = s.actor_key
    order by s.trace_key, s.position`,
    values,
  );
  const cases = await warehouse.columns(
    `select trace_key, company_key, amount_base::DOUBLE as amount_base from approval_trace
    where ${traces} and events > 0 order by trace_key`,
    values,
  );
  const numbers = (name: string): Float64Array => {
    const found = column[name];
    if (found instanceof Float64Array) return found;
    if (rowCount === 0) return new Float64Array(0);
    throw new Error(`approval log: expected numbers in ${name}, got texts; correct the query`);
  };
  const position = numbers('position');
  const starts: number[] = [];
  for (let event = 0; event < rowCount; event += 1) if (position[event] === 1) starts.push(event);
  if (starts.length !== cases.rowCount)
    throw new Error(
      `approval log: expected ${cases.rowCount} traces as in approval_trace, got ${starts.length} in approval_step; rebuild the warehouse`,
    );
  const time_ms = numbers('time_ms');
  const day_only = Uint8Array.from(numbers('day_only'));
  return completeLog({
    event_count: rowCount,
    case_count: starts.length,
    cases: [...(cases.column['trace_key'] ?? [])].map(String),
    activities: activities ?? [],
    case_offsets: Int32Array.from([...starts, rowCount]),
    activity: Uint16Array.from(numbers('activity')),
    time_ms,
    start_ms: time_ms,
    has_start: false,
    day_only: day_only.includes(1) ? day_only : null,
    source_row: Int32Array.from(numbers('source_row')),
    resource: Int32Array.from(numbers('resource')),
    resources: resources ?? [],
    role: Int32Array.from(numbers('role')),
    roles: roles ?? [],
    case_attributes: {
      company_key: textAttribute(cases.column['company_key'] ?? []),
      amount_base: {
        kind: 'number',
        value: Float64Array.from(cases.column['amount_base'] ?? [], Number),
      },
    },
    left_out: [],
  });
}

function textAttribute(values: Iterable<unknown>): CaseAttribute {
  const codes = new Map<string, number>();
  const code: number[] = [];
  for (const value of values) {
    if (typeof value !== 'string') {
      code.push(-1);
      continue;
    }
    const known = codes.get(value) ?? codes.size;
    codes.set(value, known);
    code.push(known);
  }
  return { kind: 'text', names: [...codes.keys()], code: Int32Array.from(code) };
}
