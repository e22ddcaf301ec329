import { m } from '#lib/paraglide/messages.js';
import { readEntities } from '#lib/url-state.ts';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { messageText } from '../message-text.ts';
import { codeWords } from '../reads/code-words.ts';
import { caseViews, listCases, type Case } from '../state/cases.ts';
import { rowLimits, rowsStatement, type ColumnType, type ExportTable } from './export-table.ts';
import { entityWords } from './scope-words.ts';

const types = {
  case_number: 'VARCHAR',
  state: 'VARCHAR',
  company_name: 'VARCHAR',
  vendor_name: 'VARCHAR',
  invoice_number: 'VARCHAR',
  payment_request_id: 'VARCHAR',
  detectors: 'VARCHAR',
  score: 'DOUBLE',
  amount: 'DECIMAL(18,4)',
  currency: 'VARCHAR',
  amount_base: 'DECIMAL(18,4)',
  expected_loss: 'DECIMAL(18,4)',
  assignee_name: 'VARCHAR',
  verdict: 'VARCHAR',
  action: 'VARCHAR',
  opened_at: 'TIMESTAMP',
  due_at: 'TIMESTAMP',
  updated_at: 'TIMESTAMP',
} as const satisfies Record<string, ColumnType>;
const columns = Object.keys(types) as (keyof typeof types)[];

/** The cases of a view, all of them and not only those a list shows at once. */
export async function caseTable(person: Person, url: URL): Promise<ExportTable> {
  const view = caseViews.find((one) => one === url.searchParams.get('view')) ?? 'open';
  const search = (url.searchParams.get('q') ?? '').slice(0, 100);
  const [company_key = null] = readEntities(url.searchParams);
  const { cases } = await listCases(application().state, person, {
    view,
    search,
    company_key,
    limit: rowLimits.csv + 1,
  });
  const entities = company_key === null ? person.company_keys : [company_key];
  return {
    name: `cases-${view}`,
    title: m.shell_page_triage(),
    filter: [
      messageText('triage_view_', view),
      ...(search === '' ? [] : [m.payments_filter_search({ search })]),
      await entityWords(entities),
    ],
    columns: columns.map((name) => ({
      name,
      label: messageText('export_column_', name),
      ...(codeWords[name] === undefined ? {} : { words: codeWords[name] }),
    })),
    statement: rowsStatement(types, cases.map(rowOf)),
  };
}

const rowOf = ({ title, detectors, ...row }: Case): Record<string, string | number | null> => ({
  ...title,
  ...Object.fromEntries(
    Object.entries(row).filter((entry): entry is [string, string | number | null] =>
      ['string', 'number'].includes(typeof entry[1]),
    ),
  ),
  detectors: detectors.join(', '),
});
