/**
 * Query results as columns. Rows never cross from DuckDB as objects on a hot path
 * (measured: 1M rows x 6 columns 0.19 s as chunks, 8.6 s as row objects).
 */

/** A value as it reaches TypeScript: DECIMAL and HUGEINT as text, UUID and DATE as text, TIMESTAMP as ISO text ending in Z. */
export type Value =
  string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** Small results only (see `rowLimit`): one object per row, column names as in SQL. */
export type Row = Readonly<Record<string, Value>>;

/** A bound parameter. */
export type Parameter = string | number | bigint | boolean | null | readonly string[];

/** A prepared statement's text and its named or positional values (`$name`). */
export interface Statement {
  readonly sql: string;
  readonly values?: Readonly<Record<string, Parameter>>;
}

/** The read side of the warehouse: all that KPIs, process analysis and detectors need. */
export interface Queryable {
  /** Rows of a small result. Throws past 10,000 rows: use `columns` or `arrow`. */
  rows(sql: string, values?: Readonly<Record<string, Parameter>>): Promise<Row[]>;
  /** Typed columns of any result: BIGINT and DOUBLE as Float64Array (null as NaN), TIMESTAMP as epoch milliseconds in Float64Array, the rest as arrays. */
  columns(sql: string, values?: Readonly<Record<string, Parameter>>): Promise<Columns>;
  /** Arrow IPC stream, for exports and large results; `metadata` is written into its schema. */
  arrow(
    sql: string,
    values?: Readonly<Record<string, Parameter>>,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<Uint8Array>;
}

export interface Columns {
  readonly rowCount: number;
  readonly column: Readonly<Record<string, Float64Array | readonly Value[]>>;
}
