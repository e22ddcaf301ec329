import type { Person } from '../auth/person.ts';
import type { AuditRow } from '../state/audit.ts';
import type { Queries } from '../state/database.ts';

export type AuditEntryRow = AuditRow & { readonly actor_name: string };

export const auditPageSize = 50;
/** Rows an export reads at once. */
const exportReadSize = 1_000;
/** Cases or people a search goes through at most; a longer word finds fewer. */
const searchBreadth = 500;

/** What a reader looks for. */
export interface AuditQuery {
  /** A case, a payment request, a vendor or a person; empty for everything. */
  readonly about: string;
  /** Days, UTC ISO dates; `to` is included. Empty: open. */
  readonly from: string;
  readonly to: string;
}

/** What a URL asks for; what is not a day is left out. */
export function auditQuery(parameters: URLSearchParams): AuditQuery {
  const text = (name: string): string => (parameters.get(name) ?? '').trim().slice(0, 60);
  const day = (name: string): string => (isDay(text(name)) ? text(name) : '');
  return { about: text('about'), from: day('from'), to: day('to') };
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** One page of the audit log, newest first, and whether older entries exist. */
export async function readAudit(
  queries: Queries,
  person: Person,
  query: AuditQuery & { readonly before_id: number | null },
): Promise<{ entries: AuditEntryRow[]; older_than: number | null }> {
  const entries = await entriesOf(queries, person, query, auditPageSize + 1);
  const page = entries.slice(0, auditPageSize);
  return {
    entries: page,
    older_than: entries.length > auditPageSize ? (page.at(-1)?.id ?? null) : null,
  };
}

/** All entries that a query finds, newest first. */
export async function* allAuditEntries(
  queries: Queries,
  person: Person,
  query: AuditQuery,
): AsyncGenerator<AuditEntryRow> {
  let before_id: number | null = null;
  for (;;) {
    const entries: AuditEntryRow[] = await entriesOf(
      queries,
      person,
      { ...query, before_id },
      exportReadSize,
    );
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined || entries.length < exportReadSize) return;
    before_id = last.id;
  }
}

/**
 * Entries about cases of entities the person may not see are left out. Each subject and each actor is
 * read backwards along its own index and only as far as the page needs, so that a search stays fast
 * however long the log is.
 */
async function entriesOf(
  queries: Queries,
  person: Person,
  query: AuditQuery & { readonly before_id: number | null },
  limit: number,
): Promise<AuditEntryRow[]> {
  const [from, to] = await Promise.all([
    query.from === '' ? null : firstIdFrom(queries, query.from, 0),
    query.to === '' ? null : firstIdFrom(queries, query.to, 1),
  ]);
  if (from === 'none') return [];
  const before = [query.before_id, to === 'none' ? null : to].filter((id) => id !== null);
  const bounds = [
    person.company_keys,
    from,
    before.length === 0 ? null : Math.min(...before),
    limit,
  ];
  if (query.about === '') {
    return queries.query<AuditEntryRow>(`${entrySelect} where ${inBounds} ${newestFirst}`, bounds);
  }
  const { subjects, actors } = await whatItMeans(queries, person, query.about);
  return queries.query<AuditEntryRow>(
    `select distinct on (id) * from (
       select found.* from unnest($5::text[]) as wanted
       cross join lateral (${entrySelect} where l.subject = wanted and ${inBounds} ${newestFirst}) found
       union all
       select found.* from unnest($6::text[]) as wanted
       cross join lateral (${entrySelect} where l.actor = wanted and ${inBounds} ${newestFirst}) found
     ) entries order by id desc limit $4`,
    [...bounds, subjects, actors],
  );
}

const entrySelect = `
  select l.*, coalesce(u.name, l.actor) as actor_name
  from audit_log l
  left join "user" u on u.id = l.actor
  left join cases c on c.case_number = l.subject`;
const inBounds = `
  ($1::uuid[] is null or c.case_number is null or c.company_key = any($1))
  and ($2::bigint is null or l.id >= $2) and ($3::bigint is null or l.id < $3)`;
const newestFirst = 'order by l.id desc limit $4';

/** Id of the first entry of a day or of the day after; `none` when there is none so late. */
async function firstIdFrom(
  queries: Queries,
  day: string,
  daysLater: 0 | 1,
): Promise<number | 'none'> {
  const [first] = await queries.query<{ id: number }>(
    `select id from audit_log where at >= $1::date + $2::integer order by at, id limit 1`,
    [day, daysLater],
  );
  return first?.id ?? 'none';
}

/** Subjects and actors a search word stands for. */
async function whatItMeans(
  queries: Queries,
  person: Person,
  word: string,
): Promise<{ subjects: string[]; actors: string[] }> {
  const like = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
  const [cases, people] = await Promise.all([
    queries.query<{ case_number: string }>(
      `select case_number from cases
       where ($1::uuid[] is null or company_key = any($1))
         and (payment_request_id = $2 or title->>'vendor_name' ilike $3 or title->>'invoice_number' = $2)
       order by opened_at desc limit ${searchBreadth}`,
      [person.company_keys, word, like],
    ),
    queries.query<{ id: string }>(
      `select id from "user" where name ilike $1 or email ilike $1 limit ${searchBreadth}`,
      [like],
    ),
  ]);
  return {
    subjects: [...new Set([word, ...cases.map((one) => one.case_number)])],
    actors: [...new Set([word, ...people.map((one) => one.id)])],
  };
}
