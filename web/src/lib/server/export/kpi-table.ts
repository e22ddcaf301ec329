import type { Kpi, KpiValue } from '#analytics/kpis/kpi.ts';
import { kpiByDimension, kpiRowsStatement } from '#analytics/kpis/query.ts';
import { m } from '#lib/paraglide/messages.js';
import { addDays } from '#lib/url-state.ts';
import { application } from '../application.ts';
import { messageText } from '../message-text.ts';
import { codeWords } from '../reads/code-words.ts';
import { filtersOf, readQuestion, readSeries, type KpiQuestion } from '../reads/kpi-detail.ts';
import { shownColumns } from '../reads/kpi-rows.ts';
import { kpiDefinition, kpiName } from '../reads/kpi-tile.ts';
import { partLabel } from '../reads/part-label.ts';
import type { PageScope } from '../scope.ts';
import { rowLimits, rowsStatement, type ColumnType, type ExportTable } from './export-table.ts';
import { scopeWords } from './scope-words.ts';

/** The tables of a KPI's page. */
export const kpiTables = ['rows', 'series', 'parts'] as const;
export type KpiTable = (typeof kpiTables)[number];

/** A table of a KPI's page with everything the page shows of it. */
export async function kpiTable(
  table: KpiTable,
  kpi: Kpi,
  { scope, parameters }: { scope: PageScope; parameters: URLSearchParams },
): Promise<ExportTable> {
  const question = readQuestion(kpi, parameters, scope);
  const lastDay = addDays(scope.to, -1);
  const part = question.part === null ? [] : [await partWords(kpi, scope, question)];
  const head = {
    name: `${kpi.id}-${table}-${scope.from}-${lastDay}`,
    title: kpiName(kpi),
    filter: [`${kpiName(kpi)}: ${kpiDefinition(kpi)}`, ...(await scopeWords(scope)), ...part],
  };
  if (table === 'rows') return { ...head, ...rowsOf(kpi, scope, question) };
  if (table === 'series') return { ...head, ...(await seriesOf(kpi, scope, question)) };
  return { ...head, ...(await partsOf(kpi, scope, question)) };
}

type Body = Pick<ExportTable, 'columns' | 'statement'>;

/** The rows behind the number: one more than a file may hold, so that too many are seen and refused. */
function rowsOf(kpi: Kpi, scope: PageScope, question: KpiQuestion): Body {
  const page = { limit: rowLimits.csv + 1, offset: 0, filters: filtersOf(question) };
  const { columns, sql, values } = kpiRowsStatement(kpi, scope, page);
  return {
    columns: shownColumns({ columns }).map((name) => ({
      name,
      label: messageText('overview_column_', name),
      ...(codeWords[name] === undefined ? {} : { words: codeWords[name] }),
    })),
    statement: { sql, values },
  };
}

const valueTypes = {
  value: 'DOUBLE',
  amount: 'DECIMAL(38,4)',
  row_count: 'BIGINT',
  numerator: 'DECIMAL(38,4)',
  denominator: 'DECIMAL(38,4)',
  low: 'DOUBLE',
  high: 'DOUBLE',
} as const satisfies Record<string, ColumnType>;

const seriesTypes = {
  from: 'DATE',
  last_day: 'DATE',
  ...valueTypes,
  incomplete: 'BOOLEAN',
  immature: 'BOOLEAN',
} as const satisfies Record<string, ColumnType>;

async function seriesOf(kpi: Kpi, scope: PageScope, question: KpiQuestion): Promise<Body> {
  const points = await readSeries(kpi, scope, question);
  const rows = points.map((point) => ({
    ...valueColumns(point),
    from: point.bucket,
    last_day: addDays(point.bucket_end, -1),
    incomplete: point.incomplete,
    immature: point.immature,
  }));
  return bodyOf(kpi, seriesTypes, rows);
}

const partTypes = { part: 'VARCHAR', ...valueTypes } as const satisfies Record<string, ColumnType>;

async function partsOf(kpi: Kpi, scope: PageScope, question: KpiQuestion): Promise<Body> {
  const parts = await kpiByDimension(application().warehouse, kpi, scope, question.by, {
    limit: rowLimits.csv + 1,
  });
  const rows = parts.map((part) => ({
    ...valueColumns(part),
    part: partLabel(question.by, part),
  }));
  return bodyOf(kpi, partTypes, rows);
}

export const valueColumns = (
  found: KpiValue,
): Record<keyof typeof valueTypes, string | number | null> => ({
  value: found.tooFew ? null : found.value,
  amount: found.amount,
  row_count: found.count,
  numerator: found.numerator,
  denominator: found.denominator,
  low: found.low,
  high: found.high,
});

function bodyOf(
  kpi: Kpi,
  types: Readonly<Record<string, ColumnType>>,
  rows: Parameters<typeof rowsStatement>[1],
): Body {
  const isRate = (name: string): boolean =>
    kpi.unit === 'fraction' && ['value', 'low', 'high'].includes(name);
  return {
    columns: Object.keys(types).map((name) => ({
      name,
      label: messageText('export_column_', name),
      ...(isRate(name) ? { isRate: true as const } : {}),
    })),
    statement: rowsStatement(types, rows),
  };
}

async function partWords(kpi: Kpi, scope: PageScope, question: KpiQuestion): Promise<string> {
  const [found] = await kpiByDimension(application().warehouse, kpi, scope, question.by, {
    filters: filtersOf(question),
    limit: 1,
  });
  const { by, part } = question;
  const label = partLabel(by, found ?? { part, label: null });
  return m.export_part({ dimension: messageText('overview_dimension_', by), part: label });
}
