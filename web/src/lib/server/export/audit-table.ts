import { error } from '@sveltejs/kit';
import { formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { messageText } from '../message-text.ts';
import { allAuditEntries, auditQuery } from '../reads/audit.ts';
import { rowLimits, rowsStatement, type ColumnType, type ExportTable } from './export-table.ts';

const types = {
  id: 'BIGINT',
  at: 'VARCHAR',
  actor: 'VARCHAR',
  actor_name: 'VARCHAR',
  action: 'VARCHAR',
  subject: 'VARCHAR',
  before: 'VARCHAR',
  after: 'VARCHAR',
  previous_hash: 'VARCHAR',
  hash: 'VARCHAR',
} as const satisfies Record<string, ColumnType>;
type Column = keyof typeof types;
const columns = Object.keys(types) as Column[];

/** Every entry that a search finds, with its hashes as they were signed, so that the chain can be checked outside Quittance. */
export async function auditTable(person: Person, url: URL): Promise<ExportTable> {
  const query = auditQuery(url.searchParams);
  const rows: Record<Column, string | number | null>[] = [];
  for await (const entry of allAuditEntries(application().state, person, query)) {
    if (rows.length === rowLimits.xlsx) {
      const limit = formatNumber(rowLimits.xlsx, 'count');
      error(413, m.export_too_many_entries({ limit }));
    }
    rows.push({ ...entry, before: written(entry.before), after: written(entry.after) });
  }
  return {
    name: 'audit',
    title: m.audit_title(),
    filter: [
      query.about === '' ? m.audit_all() : m.audit_about({ subject: query.about }),
      `${query.from || '…'} – ${query.to || '…'}`,
    ],
    columns: columns.map((name) => ({ name, label: messageText('export_column_', name) })),
    statement: rowsStatement(types, rows),
  };
}

const written = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
