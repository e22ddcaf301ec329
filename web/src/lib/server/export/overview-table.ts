import { kpiNamed, kpis } from '#analytics/kpis/catalogue.ts';
import { kpiValues } from '#analytics/kpis/query.ts';
import { m } from '#lib/paraglide/messages.js';
import { addDays, type ReadableUrl } from '#lib/url-state.ts';
import { application } from '../application.ts';
import { messageText } from '../message-text.ts';
import { readFindingKinds, readRuns, readTiles } from '../reads/overview.ts';
import { kpiName } from '../reads/kpi-tile.ts';
import type { PageScope } from '../scope.ts';
import { rowsStatement, type ColumnType, type ExportTable } from './export-table.ts';
import { valueColumns } from './kpi-table.ts';
import { scopeWords } from './scope-words.ts';

/** The tables of the overview. */
export const overviewTables = ['kpis', 'changes', 'findings', 'runs'] as const;
export type OverviewTable = (typeof overviewTables)[number];

/** A table of the overview: all KPIs with what they are compared with, and the cards below them. */
export async function overviewTable(
  table: OverviewTable,
  { scope, url }: { scope: PageScope; url: ReadableUrl },
): Promise<ExportTable> {
  const { title, types, rows } = await tables[table](scope, url);
  return {
    name: `${table}-${scope.from}-${addDays(scope.to, -1)}`,
    title,
    filter: await scopeWords(scope),
    columns: Object.keys(types).map((name) => ({
      name,
      label: messageText('export_column_', name),
      ...(name === 'unit' ? { words: (unit: string) => messageText('export_unit_', unit) } : {}),
    })),
    statement: rowsStatement(types, rows),
  };
}

interface Found {
  readonly title: string;
  readonly types: Readonly<Record<string, ColumnType>>;
  readonly rows: Parameters<typeof rowsStatement>[1];
}

const tables = {
  kpis: async (scope) => {
    const ids = kpis.map(({ id }) => id);
    const { warehouse } = application();
    const [now, before] = await Promise.all([
      kpiValues(warehouse, ids, scope),
      kpiValues(warehouse, ids, scope.previous),
    ]);
    return {
      title: m.shell_page_overview(),
      types: {
        kpi: 'VARCHAR',
        unit: 'VARCHAR',
        value: 'DOUBLE',
        amount: 'DECIMAL(38,4)',
        row_count: 'BIGINT',
        low: 'DOUBLE',
        high: 'DOUBLE',
        value_before: 'DOUBLE',
        row_count_before: 'BIGINT',
      },
      rows: now.map((value, place) => ({
        ...valueColumns(value),
        kpi: kpiName(kpiNamed(value.id)),
        unit: kpiNamed(value.id).unit,
        value_before: before[place]?.tooFew === true ? null : before[place]?.value,
        row_count_before: before[place]?.count,
      })),
    };
  },
  changes: async (scope, url) => {
    const { changes } = await readTiles(scope, url, 'UTC');
    return {
      title: m.overview_changes(),
      types: { kpi: 'VARCHAR', dimension: 'VARCHAR', part: 'VARCHAR', contribution: 'DOUBLE' },
      rows: changes.flatMap(({ name, dimension, drivers }) =>
        drivers.map(({ label, contribution }) => ({
          kpi: name,
          dimension,
          part: label,
          contribution,
        })),
      ),
    };
  },
  findings: async (scope) => ({
    title: m.overview_findings(),
    types: {
      detector: 'VARCHAR',
      amount_at_stake_base: 'DECIMAL(38,4)',
      flags: 'BIGINT',
      decided: 'BIGINT',
      confirmed: 'BIGINT',
      low: 'DOUBLE',
      high: 'DOUBLE',
    },
    rows: (await readFindingKinds(scope)).map(({ name, ...row }) => ({ ...row, detector: name })),
  }),
  runs: async (scope) => ({
    title: m.overview_runs(),
    types: {
      run_on: 'DATE',
      amount_base: 'DECIMAL(38,4)',
      payments: 'BIGINT',
      is_planned: 'BOOLEAN',
    },
    rows: (await readRuns(scope)).map((run) => ({ ...run })),
  }),
} as const satisfies Record<OverviewTable, (scope: PageScope, url: ReadableUrl) => Promise<Found>>;
