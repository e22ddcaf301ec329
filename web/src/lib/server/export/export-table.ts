import type { Parameter, Statement } from '#analytics/table.ts';

/** The files a table can be taken away as. */
export const exportForms = ['csv', 'xlsx', 'parquet', 'arrow'] as const;
export type ExportForm = (typeof exportForms)[number];

/** A column of an exported table. Its type is that of the statement. */
export interface ExportColumn {
  /** As in the statement: the heading for machines (CSV, Parquet, Arrow). */
  readonly name: string;
  /** Heading for people (XLSX). */
  readonly label: string;
  /** XLSX: what people read in place of a code of ours. */
  readonly words?: (code: string) => string;
  /** XLSX: a fraction is shown as a percentage. */
  readonly isRate?: true;
}

/** A table as a person sees it, to be taken away as a file. */
export interface ExportTable {
  /** File name without its ending. */
  readonly name: string;
  readonly title: string;
  /** What the rows were chosen by, in words: period, entities, filters. Written into the file. */
  readonly filter: readonly string[];
  readonly columns: readonly ExportColumn[];
  /** One select of the warehouse with these columns, in the order of the screen. */
  readonly statement: Statement;
}

/** Most rows of a file; above it the reader is asked to narrow: nothing is cut off silently. */
export const rowLimits = {
  csv: 500_000,
  xlsx: 100_000,
  parquet: 500_000,
  arrow: 500_000,
} as const satisfies Record<ExportForm, number>;

/** Type of a column of rows that do not come from the warehouse. */
export type ColumnType =
  | 'VARCHAR'
  | 'BIGINT'
  | 'DOUBLE'
  | 'DECIMAL(18,4)'
  | 'DECIMAL(38,4)'
  | 'DATE'
  | 'TIMESTAMP'
  | 'BOOLEAN';

/**
 * Rows that are already here (of PostgreSQL, or computed) as a select of the warehouse, so that they
 * leave by the same door: the values are bound as one JSON text.
 */
export function rowsStatement(
  types: Readonly<Record<string, ColumnType>>,
  rows: readonly Readonly<Record<string, string | number | boolean | null | undefined>>[],
): Statement {
  const shape = JSON.stringify([types]).replaceAll("'", "''");
  const kept = rows.map((row) =>
    Object.fromEntries(Object.keys(types).map((name) => [name, row[name] ?? null])),
  );
  const values: Record<string, Parameter> = { exported_rows: JSON.stringify(kept) };
  return {
    sql: `select unnest(from_json($exported_rows::json, '${shape}'), recursive := true)`,
    values,
  };
}
