import { createHash } from 'node:crypto';
import type { Queries } from './database.ts';

/** One thing done, as it is appended. `actor` is a user id or `system:<job>`. */
export interface AuditEntry {
  readonly actor: string;
  /** Dotted verb, e.g. `decision.recorded`. */
  readonly action: string;
  /** What it was done to, e.g. a case number. */
  readonly subject: string;
  readonly before: Json | null;
  readonly after: Json | null;
}

export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A row of the audit log. */
export interface AuditRow extends AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly previous_hash: string;
  readonly hash: string;
}

/** Hash before the first row. */
const genesis = '0'.repeat(64);
/** Key of the advisory lock that lets one transaction at a time append. */
const auditLock = 7_420_002;

/**
 * Appends one row to the chain. Call it inside the transaction of the change it records: either
 * both exist or neither does. The lock is held until that transaction ends.
 */
export async function appendAudit(queries: Queries, entry: AuditEntry): Promise<AuditRow> {
  if (entry.actor === '') throw new Error('An audit row needs an actor: a user id or system:<job>');
  await queries.query('select pg_advisory_xact_lock($1)', [auditLock]);
  const last = await queries.query<{ id: number; hash: string }>(
    'select id, hash from audit_log order by id desc limit 1',
  );
  const previous_hash = last[0]?.hash ?? genesis;
  const unsigned = {
    id: (last[0]?.id ?? 0) + 1,
    at: new Date().toISOString(),
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    before: entry.before,
    after: entry.after,
  };
  const row = { ...unsigned, previous_hash, hash: hashOf(previous_hash, unsigned) };
  await queries.query(
    `insert into audit_log (id, at, actor, action, subject, before, after, previous_hash, hash)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9)`,
    [
      row.id,
      row.at,
      row.actor,
      row.action,
      row.subject,
      jsonText(row.before),
      jsonText(row.after),
      row.previous_hash,
      row.hash,
    ],
  );
  return row;
}

/** A row and its hash as they were noted outside the database. */
export interface AuditAnchor {
  readonly id: number;
  readonly hash: string;
}

export interface AuditVerification {
  readonly rows: number;
  readonly intact: boolean;
  /** The first row that is not what it was, and why. */
  readonly first_break: { readonly id: number; readonly why: string } | null;
  /** The last row, to be noted outside. */
  readonly head: AuditAnchor | null;
}

const verifyBatch = 5_000;

/**
 * Recomputes the whole chain. An edited, deleted, inserted or reordered row breaks it at that row;
 * rows cut off the end are found by the anchors noted outside the database.
 */
export async function verifyAudit(
  queries: Queries,
  anchors: readonly AuditAnchor[] = [],
): Promise<AuditVerification> {
  const noted = new Map(anchors.map(({ id, hash }) => [id, hash]));
  let head: AuditAnchor | null = null;
  const broken = (id: number, why: string): AuditVerification => ({
    rows: head?.id ?? 0,
    intact: false,
    first_break: { id, why },
    head,
  });
  for (;;) {
    const rows: AuditRow[] = await queries.query<AuditRow>(
      'select * from audit_log where id > $1 order by id limit $2',
      [head?.id ?? 0, verifyBatch],
    );
    for (const row of rows) {
      const expectedId: number = (head?.id ?? 0) + 1;
      if (row.id !== expectedId) return broken(expectedId, 'row is missing');
      if (row.previous_hash !== (head?.hash ?? genesis)) {
        return broken(row.id, 'does not continue the row before it');
      }
      const { previous_hash, hash, ...unsigned } = row;
      if (hashOf(previous_hash, unsigned) !== hash) return broken(row.id, 'content was changed');
      const anchor = noted.get(row.id);
      if (anchor !== undefined && anchor !== hash) {
        return broken(row.id, 'differs from the anchor noted outside the database');
      }
      head = { id: row.id, hash };
    }
    if (rows.length < verifyBatch) break;
  }
  const last = Math.max(0, ...noted.keys());
  if (last > (head?.id ?? 0)) {
    return broken((head?.id ?? 0) + 1, `rows up to ${last} were noted outside and are gone`);
  }
  return { rows: head?.id ?? 0, intact: true, first_break: null, head };
}

function hashOf(previousHash: string, unsigned: Omit<AuditRow, 'previous_hash' | 'hash'>): string {
  const { id, at, actor, action, subject, before, after } = unsigned;
  const text = canonicalJson({ id, at, actor, action, subject, before, after });
  return createHash('sha256').update(previousHash).update(text).digest('hex');
}

/** JSON with sorted names: the same value always gives the same text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item as Json)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

function jsonText(value: Json | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
