import type { KpiScope } from '#analytics/kpis/kpi.ts';
import { m } from '#lib/paraglide/messages.js';
import { addDays } from '#lib/url-state.ts';
import { application } from '../application.ts';

/** Period and entities of a page in words, for the head of an exported file. */
export async function scopeWords(scope: KpiScope): Promise<string[]> {
  return [
    m.export_period({ first: scope.from, last: addDays(scope.to, -1) }),
    await entityWords(scope.company_keys),
  ];
}

/** Which entities a file tells of; a person's own limits count as a filter too. */
export async function entityWords(company_keys: readonly string[] | null): Promise<string> {
  if (company_keys === null) return m.export_every_entity();
  const rows = await application().warehouse.rows(
    `select name from company where company_key::varchar in (select unnest($keys)) order by name`,
    { keys: company_keys },
  );
  return m.export_entities({ names: rows.map((row) => String(row['name'])).join(', ') || '–' });
}
