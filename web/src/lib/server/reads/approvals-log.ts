import { officeHours, type CalendarBook, type CalendarRule } from '#analytics/process/calendar.ts';
import { approvalLog } from '#analytics/process/log/approval-log.ts';
import type { CaseAttribute, EventLog } from '#analytics/process/log/event-log.ts';
import {
  implausibleStamps,
  type ImplausibleStamps,
} from '#analytics/process/log/implausible-stamps.ts';
import { calendarWaits, type LogWaits } from '#analytics/process/log-waits.ts';
import type { LogStudy } from '#analytics/process/study.ts';
import { orderStudy } from '#analytics/process/study-order.ts';
import { application } from '../application.ts';
import type { PageScope } from '../scope.ts';
import { companyScope, inCompanies } from './company-scope.ts';

/** Where a log on the screen comes from: a process of the warehouse, or a file somebody brought along. */
export type LogSource =
  | { readonly kind: 'process'; readonly process: string }
  | { readonly kind: 'file'; readonly id: string };

/** A log with what was worked out about it; `waits` and `study` come later, from a thread of their own. */
export interface HeldLog {
  readonly log: EventLog;
  readonly calendar_ms: Float64Array;
  readonly calendars: CalendarBook;
  readonly stamps: ImplausibleStamps;
  /** One byte per case: 1 = its last event ended it. Null where the log does not say. */
  readonly finished: Uint8Array | null;
  readonly as_of_ms: number;
  readonly waits: LogWaits | null;
  readonly study: LogStudy | null;
  /** Why there is no study. */
  readonly failed: boolean;
  /** Settles when the next part has come; null when nothing more will. */
  readonly next: Promise<void> | null;
}

/** What a source gives: the log itself and how its working time is told. */
export interface LogToHold {
  readonly log: EventLog;
  readonly calendars: CalendarBook;
  readonly finished: Uint8Array | null;
  readonly as_of_ms: number;
}

/** Allowed stays, in days, of which a reader chooses one. */
export const limitDays = [5, 10, 20, 30] as const;
/** Lower edges of the amount bands of the evidence, in the group's currency. */
const evidenceEdges = [250, 1_000, 2_500, 10_000];
const keptAtMost = 6;
const studySeed = 20_200_101;
const kept = new Map<string, Promise<HeldLog>>();
let studying: Promise<void> = Promise.resolve();

/** A log of the cache, or the one `read` gives; `key` must change with the data. */
export function heldLog(key: string, read: () => Promise<LogToHold>): Promise<HeldLog> {
  const found = kept.get(key);
  if (found !== undefined) {
    kept.delete(key);
    kept.set(key, found);
    return found;
  }
  const held = read().then(hold);
  kept.set(key, held);
  held.catch(() => kept.delete(key));
  const [oldest] = kept.keys();
  if (kept.size > keptAtMost && oldest !== undefined) kept.delete(oldest);
  return held;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

function hold({ log, calendars, finished, as_of_ms }: LogToHold): HeldLog {
  const held: Writable<HeldLog> = {
    log,
    calendars,
    finished,
    as_of_ms,
    calendar_ms: calendarWaits(log),
    stamps: implausibleStamps(log, as_of_ms),
    waits: null,
    study: null,
    failed: false,
    next: null,
  };
  if (log.event_count === 0) return held;
  const settings = {
    calendars,
    as_of_ms,
    finished: finished ?? new Uint8Array(log.case_count).fill(1),
    amount_attribute: 'amount_base',
    band_edges: evidenceEdges,
    limit_days: limitDays,
    seed: studySeed,
  };
  const work = async (): Promise<{ study: Promise<void> }> => {
    const ordered = orderStudy({ log, settings });
    const study = ordered.study.then((done) => {
      held.study = done;
    });
    study.catch(() => undefined);
    held.waits = await ordered.waits;
    return { study };
  };
  const begun = studying.then(work);
  const fail = (error: unknown): void => {
    console.error('the study of a log failed:', error);
    held.failed = true;
    held.next = null;
  };
  const ended = begun
    .then(({ study }) => study)
    .then(() => {
      held.next = null;
    }, fail);
  held.next = begun.then(
    () => {
      if (held.study === null && !held.failed) held.next = ended;
    },
    () => undefined,
  );
  studying = ended;
  return held;
}

/** A process of the warehouse, within the entities of the page, over all time. */
export function processLog(scope: PageScope, process: string): Promise<HeldLog> {
  const { warehouse, dataFolder, asOf } = application();
  const { company_keys } = scope;
  const key = JSON.stringify([dataFolder, warehouse.generation, process, company_keys]);
  return heldLog(key, async () => {
    const [log, traces, calendars] = await Promise.all([
      approvalLog(warehouse, { process, company_keys, from: null, to: null }),
      traceAttributes(scope, process),
      entityCalendars(),
    ]);
    const attribute = (name: 'category' | 'channel'): CaseAttribute =>
      textsOf(log.cases.map((key) => traces.get(key)?.[name] ?? null));
    return {
      log: {
        ...(await withPersons(log)),
        case_attributes: {
          ...log.case_attributes,
          category: attribute('category'),
          channel: attribute('channel'),
        },
      },
      calendars,
      finished: Uint8Array.from(log.cases, (key) => Number(traces.get(key)?.is_open !== true)),
      as_of_ms: Date.parse(asOf()),
    };
  });
}

interface TraceAttributes {
  readonly is_open: boolean;
  readonly category: string | null;
  readonly channel: string | null;
}

async function traceAttributes(
  scope: PageScope,
  process: string,
): Promise<ReadonlyMap<string, TraceAttributes>> {
  const { rowCount, column } = await application().warehouse.columns(
    `select trace.trace_key::varchar as trace_key, trace.is_open::bigint as is_open,
       flow.category, flow.channel
     from (select * from approval_trace where process = $process and ${inCompanies()}) as trace
     left join payment_flow as flow using (payment_request_key)`,
    { ...companyScope(scope), process },
  );
  const text = (name: string, row: number): string | null => {
    const value: unknown = column[name]?.[row];
    return typeof value === 'string' ? value : null;
  };
  const found = new Map<string, TraceAttributes>();
  for (let row = 0; row < rowCount; row += 1)
    found.set(text('trace_key', row) ?? '', {
      is_open: column['is_open']?.[row] === 1,
      category: text('category', row),
      channel: text('channel', row),
    });
  return found;
}

/** Persons by name, service accounts as systems, so that no rule takes a program for a person. */
async function withPersons(log: EventLog): Promise<EventLog> {
  const rows = await application().warehouse.rows(
    'select employee_key::varchar as key, name, is_service_account from employee',
  );
  const people = new Map(rows.map((row) => [String(row['key']), row]));
  const seen = new Set<string>();
  const resources = log.resources.map((key) => {
    const person = people.get(key);
    const own = typeof person?.['name'] === 'string' ? person['name'] : key;
    const name = person?.['is_service_account'] === true ? `system ${own}` : own;
    const unique = seen.has(name) ? `${name} (${key.slice(0, 4)})` : name;
    seen.add(unique);
    return unique;
  });
  return { ...log, resources };
}

/** Monday to Friday, nine to five, in each entity's zone and with its country's public holidays. */
async function entityCalendars(): Promise<CalendarBook> {
  const rows = await application().warehouse.rows(
    'select company_key::varchar as key, country, time_zone from company order by key',
  );
  const entities: Record<string, CalendarRule> = {};
  for (const row of rows) {
    const zone = typeof row['time_zone'] === 'string' ? row['time_zone'] : 'UTC';
    const country = typeof row['country'] === 'string' ? row['country'] : null;
    entities[String(row['key'])] = officeHours(zone, country === null ? null : { country });
  }
  const [first] = Object.values(entities);
  return { standard: officeHours(first?.time_zone ?? 'UTC'), entities };
}

/** A case attribute from one text per case. */
export function textsOf(values: readonly (string | null)[]): CaseAttribute {
  const codes = new Map<string, number>();
  const code = Int32Array.from(values, (value) => {
    if (value === null) return -1;
    const known = codes.get(value) ?? codes.size;
    codes.set(value, known);
    return known;
  });
  return { kind: 'text', names: [...codes.keys()], code };
}
