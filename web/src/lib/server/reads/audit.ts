import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import type { AuditRow } from '../state/audit.ts';

export type AuditEntryRow = AuditRow & { readonly actor_name: string };

export const auditPageSize = 50;
/** Rows an export reads at once. */
const exportReadSize = 1_000;

interface AuditQuery {
  readonly before_id: number | null;
  readonly subject: string | null;
}

/** One page of the audit log, newest first, and whether older entries exist. */
export async function readAudit(
  person: Person,
  query: AuditQuery,
): Promise<{ entries: AuditEntryRow[]; older_than: number | null }> {
  const entries = await entriesOf(person, query, auditPageSize + 1);
  const page = entries.slice(0, auditPageSize);
  return {
    entries: page,
    older_than: entries.length > auditPageSize ? (page.at(-1)?.id ?? null) : null,
  };
}

/** All entries about a subject, or all there are, newest first. */
export async function* allAuditEntries(
  person: Person,
  subject: string | null,
): AsyncGenerator<AuditEntryRow> {
  let before_id: number | null = null;
  for (;;) {
    const entries: AuditEntryRow[] = await entriesOf(
      person,
      { before_id, subject },
      exportReadSize,
    );
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined || entries.length < exportReadSize) return;
    before_id = last.id;
  }
}

/** Entries about cases of entities the person may not see are left out. */
function entriesOf(person: Person, query: AuditQuery, limit: number): Promise<AuditEntryRow[]> {
  return application().state.query<AuditEntryRow>(
    `select l.*, coalesce(u.name, l.actor) as actor_name
     from audit_log l
     left join "user" u on u.id = l.actor
     left join cases c on c.case_number = l.subject
     where ($1::uuid[] is null or c.case_number is null or c.company_key = any($1))
       and ($2::bigint is null or l.id < $2) and ($3::text is null or l.subject = $3)
     order by l.id desc limit $4`,
    [person.company_keys, query.before_id, query.subject, limit],
  );
}
