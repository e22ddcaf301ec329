import { error } from '@sveltejs/kit';
import type { Statement, Value } from '#analytics/table.ts';
import { formatDateTime, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '../application.ts';
import { csvText } from './csv.ts';
import { exportForms, rowLimits, type ExportForm, type ExportTable } from './export-table.ts';
import { workbookFile } from './workbook.ts';

const mediaTypes = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
} as const satisfies Record<ExportForm, string>;

/** A table as a file to be saved, in the form a URL ends with; its filter and number of rows are in it. */
export async function exportResponse(asked: string, table: ExportTable): Promise<Response> {
  const form = exportForms.find((one) => one === asked);
  if (form === undefined) error(404, m.export_unknown_form({ forms: exportForms.join(', ') }));
  const bytes = await exportFile(form, table);
  return new Response(Uint8Array.from(bytes), {
    headers: {
      'content-type': mediaTypes[form],
      'content-disposition': `attachment; filename="${table.name}.${form}"`,
      'cache-control': 'private, no-store',
    },
  });
}

/**
 * The file of a table. The rows are counted first: the count stands in the file, and more than a file
 * may hold are refused with what to do. When a refresh is published in between, it is done again.
 */
async function exportFile(form: ExportForm, table: ExportTable): Promise<Uint8Array> {
  const { warehouse } = application();
  for (;;) {
    const { generation } = warehouse;
    const count = await countOf(table.statement);
    if (count > rowLimits[form]) error(413, tooMany(form, count));
    const file = await written(form, table, count);
    if (warehouse.generation === generation) return file;
  }
}

async function countOf({ sql, values = {} }: Statement): Promise<number> {
  const [row] = await application().warehouse.rows(
    `select count(*)::bigint as row_count from (${sql})`,
    values,
  );
  return Number(row?.['row_count'] ?? 0);
}

async function written(form: ExportForm, table: ExportTable, count: number): Promise<Uint8Array> {
  const { warehouse, asOf } = application();
  const names = table.columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(', ');
  const sql = `select ${names} from (${table.statement.sql})`;
  const { values = {} } = table.statement;
  const metadata = {
    title: table.title,
    filter: table.filter.join(' · '),
    row_count: String(count),
    as_of: asOf(),
  };
  if (form === 'parquet') return warehouse.parquet(sql, values, metadata);
  if (form === 'arrow') return warehouse.arrow(sql, values, metadata);
  const [{ rowCount, column }, types] = await Promise.all([
    warehouse.columns(sql, values),
    typesOf(table),
  ]);
  const columns = table.columns.map((one) => ({ ...one, type: types[one.name] ?? 'VARCHAR' }));
  if (form === 'csv')
    return Buffer.from(
      csvText({
        notes: [
          `Quittance · ${table.title}`,
          ...table.filter,
          m.export_rows({ count: formatNumber(count, 'count') }),
          m.export_as_of({ at: asOf() }),
        ],
        columns: columns.map(({ name }) => name),
        rows: rowsOf({ rowCount, column }, columns, isoTime),
      }),
    );
  return workbookFile({
    title: table.title,
    columns,
    rows: rowsOf({ rowCount, column }, columns, (_, value) => value),
    about: [
      [m.export_title(), table.title],
      [m.export_filter(), table.filter.join(' · ')],
      [m.export_row_count(), count],
      [m.export_as_of_head(), `${formatDateTime(asOf())} UTC`],
      ...columns.map(({ label, name }): [string, string] => [label, name]),
    ],
  });
}

/** DuckDB's name of each column's type, also where no row has a value. */
async function typesOf({ columns, statement }: ExportTable): Promise<Record<string, string>> {
  const asked = columns.map(({ name }) => `typeof(any_value("${name}")) as "${name}"`).join(', ');
  const [row = {}] = await application().warehouse.rows(
    `select ${asked} from (${statement.sql}) where false`,
    statement.values,
  );
  return Object.fromEntries(Object.entries(row).map(([name, type]) => [name, String(type)]));
}

type Cell = Value | undefined;

function* rowsOf(
  { rowCount, column }: { rowCount: number; column: Readonly<Record<string, ArrayLike<Value>>> },
  columns: readonly { readonly name: string; readonly type: string }[],
  written: (type: string, value: Cell) => Cell,
): Generator<Cell[]> {
  for (let row = 0; row < rowCount; row += 1)
    yield columns.map(({ name, type }) => written(type, column[name]?.[row]));
}

function isoTime(type: string, value: Cell): Cell {
  if (typeof value !== 'number') return value;
  if (Number.isNaN(value)) return null;
  return type === 'TIMESTAMP' ? new Date(value).toISOString() : value;
}

function tooMany(form: ExportForm, count: number): string {
  const texts = {
    limit: formatNumber(rowLimits[form], 'count'),
    count: formatNumber(count, 'count'),
  };
  return count <= rowLimits.csv ? m.export_too_many_cells(texts) : m.export_too_many(texts);
}
