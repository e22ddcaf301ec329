import { lifeCycles } from '#ingest/event-logs/life-cycle.ts';
import type { LogMapping } from '#ingest/event-logs/log-mapping.ts';

/** Options of every command that reads an event log, for `parseArgs`. */
export const logOptions = {
  case: { type: 'string' },
  activity: { type: 'string' },
  timestamp: { type: 'string' },
  start: { type: 'string' },
  resource: { type: 'string' },
  role: { type: 'string' },
  lifecycle: { type: 'string' },
  'life-cycle': { type: 'string' },
  'date-order': { type: 'string' },
  'zone-offset': { type: 'string' },
  'object-type': { type: 'string' },
} as const;

type Options = Readonly<Record<string, string | boolean | undefined>>;

/** What the options of a command say about the columns of a log. */
export function logMapping(values: Options): LogMapping {
  const mapping: Record<string, string | number> = {};
  for (const name of ['case', 'activity', 'timestamp', 'start', 'resource', 'role', 'lifecycle']) {
    const column = values[name];
    if (typeof column === 'string') mapping[name] = column;
  }
  const lifeCycle = oneOf(values, 'life-cycle', lifeCycles);
  if (lifeCycle !== undefined) mapping['life_cycle'] = lifeCycle;
  const order = oneOf(values, 'date-order', ['day_first', 'month_first'] as const);
  if (order !== undefined) mapping['date_order'] = order;
  const offset = values['zone-offset'];
  if (typeof offset === 'string') {
    if (!/^[+-]?\d{1,3}$/.test(offset))
      throw new Error(`expected --zone-offset in minutes such as 60, got "${offset}"`);
    mapping['zone_offset_minutes'] = Number(offset);
  }
  const type = values['object-type'];
  if (typeof type === 'string') mapping['object_type'] = type;
  return mapping;
}

function oneOf<T extends string>(
  values: Options,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const found = allowed.find((one) => one === given);
  if (found === undefined)
    throw new Error(`expected --${name} ${allowed.join(' or ')}, got "${String(given)}"`);
  return found;
}
