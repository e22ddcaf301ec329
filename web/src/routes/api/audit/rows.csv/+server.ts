import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { csvResponse, csvText } from '#lib/server/csv.ts';
import { allAuditEntries, auditQuery } from '#lib/server/reads/audit.ts';
import type { RequestHandler } from './$types';

const columns = [
  'id',
  'at',
  'actor',
  'actor_name',
  'action',
  'subject',
  'before',
  'after',
  'previous_hash',
  'hash',
] as const;

/** Every entry with its hashes, so that the chain can be checked outside Quittance. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const query = auditQuery(url.searchParams);
  const rows: (string | number | null)[][] = [];
  const entries = allAuditEntries(application().state, signedIn(locals), query);
  for await (const entry of entries) {
    rows.push(
      columns.map((name) => {
        const value = entry[name];
        return typeof value === 'object' && value !== null
          ? JSON.stringify(value)
          : (value as string | number | null);
      }),
    );
  }
  const notes = [
    `Quittance · ${m.audit_title()}`,
    query.about === '' ? m.audit_all() : m.audit_about({ subject: query.about }),
    `${query.from || '…'} – ${query.to || '…'}`,
    m.audit_entries({ count: rows.length }),
  ];
  return csvResponse('audit.csv', csvText({ notes, columns, rows }));
};
