import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { officeHours } from '#analytics/process/calendar.ts';
import { LogRefused, readLogAside } from '#analytics/process/log-reading.ts';
import type { CaseAttribute, EventLog } from '#analytics/process/log/event-log.ts';
import { implausibleStamps } from '#analytics/process/log/implausible-stamps.ts';
import { application } from './application.ts';
import type { Person } from './auth/person.ts';
import { heldLog, type HeldLog } from './reads/approvals-log.ts';
import { appendAudit } from './state/audit.ts';

/** Largest file that can be brought along, and how many logs are kept. */
export const logLimitBytes = 100 << 20;
export const logsAtMost = 50;

const columnName = v.optional(v.pipe(v.string(), v.maxLength(200)));
const aboutSchema = v.object({
  id: v.pipe(v.string(), v.uuid()),
  name: v.string(),
  bytes: v.number(),
  uploaded_at: v.string(),
  uploaded_by: v.string(),
  uploader: v.string(),
  time_zone: v.string(),
  mapping: v.object({
    case: columnName,
    activity: columnName,
    timestamp: columnName,
    resource: columnName,
    role: columnName,
    object_type: columnName,
    attributes: v.optional(v.array(v.string())),
  }),
  /** Case attribute that is an amount. */
  amount: v.nullable(v.string()),
  events: v.number(),
  cases: v.number(),
  activities: v.number(),
  left_out: v.number(),
  first_on: v.string(),
  last_on: v.string(),
});

/** A log somebody brought along: where it came from and what is in it. */
export type LogFile = v.InferOutput<typeof aboutSchema>;
export type LogColumns = LogFile['mapping'];

const folder = (): string => join(application().dataFolder, 'logs');
const isId = (id: string): boolean => v.is(v.pipe(v.string(), v.uuid()), id);

/** Logs this person may look at, the newest first. A log has no entity: who sees some only sees their own. */
export async function listLogs(person: Person): Promise<LogFile[]> {
  const names = await readdir(folder()).catch(() => []);
  const logs = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => aboutOf(name.slice(0, -5))),
  );
  return logs
    .filter((log) => log !== null)
    .filter((log) => maySee(person, log))
    .sort((a, b) => (a.uploaded_at < b.uploaded_at ? 1 : -1));
}

/** One of these logs; null when there is none of that id, or it is somebody else's. */
export async function logFile(person: Person, id: string): Promise<LogFile | null> {
  const log = isId(id) ? await aboutOf(id) : null;
  return log !== null && maySee(person, log) ? log : null;
}

function maySee(person: Person, log: LogFile): boolean {
  return person.company_keys === null || log.uploaded_by === person.user_id;
}

async function aboutOf(id: string): Promise<LogFile | null> {
  if (!isId(id)) return null;
  const text = await readFile(join(folder(), `${id}.json`), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), aboutSchema), text);
  return parsed.success ? parsed.output : null;
}

/**
 * Keeps a file that reads as an event log. It is written under a name of ours, read once to see what
 * it holds, and only then listed; what cannot be read leaves nothing behind.
 */
export async function keepLog(
  person: Person,
  given: { readonly file: File; readonly mapping: LogColumns; readonly amount: string | null },
): Promise<LogFile> {
  const { file, mapping, amount } = given;
  if (file.size === 0) throw new LogRefused(`${file.name}: the file is empty`);
  if (file.size > logLimitBytes)
    throw new LogRefused(
      `${file.name}: expected at most ${logLimitBytes >> 20} MB, got ${Math.ceil(file.size / 2 ** 20)} MB; pack it with gzip or cut it to a shorter time`,
    );
  if ((await readdir(folder()).catch(() => [])).length >= 2 * logsAtMost)
    throw new LogRefused(
      `expected at most ${logsAtMost} logs; delete one that is no longer needed`,
    );
  const id = randomUUID();
  const path = join(folder(), `${id}.log`);
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, file.stream(), { mode: 0o600, flag: 'wx' });
    const log = await readLogAside({ path, mapping }).catch((cause: unknown) => {
      if (!(cause instanceof LogRefused)) throw cause;
      throw new LogRefused(cause.message.replaceAll(`${id}.log`, file.name), { cause });
    });
    if (log.event_count === 0) throw new LogRefused(`${file.name}: the log holds no events`);
    const about = describe(log, { person, file, mapping, amount, id });
    await application().state.transaction(async (queries) => {
      await appendAudit(queries, {
        actor: person.user_id,
        action: 'log.uploaded',
        subject: id,
        before: null,
        after: { name: about.name, bytes: about.bytes, events: about.events },
      });
      const temporary = join(folder(), `${id}.part`);
      await writeFile(temporary, JSON.stringify(about), { mode: 0o600 });
      await rename(temporary, join(folder(), `${id}.json`));
    });
    return about;
  } catch (cause) {
    await rm(path, { force: true });
    throw cause;
  }
}

function describe(
  log: EventLog,
  given: {
    readonly person: Person;
    readonly file: File;
    readonly mapping: LogColumns;
    readonly amount: string | null;
    readonly id: string;
  },
): LogFile {
  const { plausible_from, plausible_to, earliest, latest } = implausibleStamps(log);
  const day = (one: string | null, other: string | null, pick: 'min' | 'max'): string =>
    [one ?? '', other ?? '']
      .sort()
      .at(pick === 'min' ? 0 : -1)
      ?.slice(0, 10) ?? '';
  return {
    id: given.id,
    name: given.file.name.slice(0, 200),
    bytes: given.file.size,
    uploaded_at: new Date().toISOString(),
    uploaded_by: given.person.user_id,
    uploader: given.person.name,
    time_zone: given.person.time_zone,
    mapping: given.mapping,
    amount: given.amount,
    events: log.event_count,
    cases: log.case_count,
    activities: log.activities.length,
    left_out: log.left_out.reduce((sum, { count }) => sum + count, 0),
    first_on: day(earliest, plausible_from, 'max'),
    last_on: day(latest, plausible_to, 'min'),
  };
}

/** Deletes a log this person may see; false when there is none. */
export async function deleteLog(person: Person, id: string): Promise<boolean> {
  const log = await logFile(person, id);
  if (log === null) return false;
  await application().state.transaction(async (queries) => {
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'log.deleted',
      subject: id,
      before: { name: log.name, bytes: log.bytes, events: log.events },
      after: null,
    });
    await rm(join(folder(), `${id}.json`), { force: true });
    await rm(join(folder(), `${id}.log`), { force: true });
  });
  return true;
}

/** The log of such a file, held like those of the warehouse. */
export function fileLog(about: LogFile): Promise<HeldLog> {
  const path = join(folder(), `${about.id}.log`);
  return heldLog(JSON.stringify([path]), async () => {
    const log = await readLogAside({ path, mapping: about.mapping });
    return {
      log: about.amount === null ? log : withAmount(log, about.amount),
      calendars: { standard: officeHours(about.time_zone) },
      finished: null,
      as_of_ms: log.time_ms.reduce((last, at) => Math.max(last, at), 0),
    };
  });
}

/** The amount attribute as numbers, under the name by which amounts are chosen. */
function withAmount(log: EventLog, name: string): EventLog {
  const { [name]: attribute, ...others } = log.case_attributes;
  if (attribute?.kind !== 'text') return log;
  const values = attribute.names.map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
  const amount_base: CaseAttribute = {
    kind: 'number',
    value: Float64Array.from(attribute.code, (code) => values[code] ?? Number.NaN),
  };
  return { ...log, case_attributes: { ...others, amount_base } };
}
