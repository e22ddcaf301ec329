import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteLiteral } from './quote.ts';

/**
 * What a refresh changed in each table: nothing, some rows, or so much that everything that reads
 * the table is derived again. The rows as they were (`_sign` -1) and as they are (+1) stand in
 * `temp.changed_<table>`.
 */
export class Changes {
  readonly #writer: DuckDBConnection;
  readonly #catalogue: string;
  readonly #rows = new Map<string, number>();
  readonly #all = new Set<string>();
  #sizes: Map<string, number> | undefined;
  readonly #columns = new Map<string, Map<string, string>>();

  constructor(writer: DuckDBConnection, catalogue: string) {
    this.#writer = writer;
    this.#catalogue = catalogue;
  }

  of(table: string): 'none' | 'some' | 'all' {
    if (this.#all.has(table)) return 'all';
    return (this.#rows.get(table) ?? 0) > 0 ? 'some' : 'none';
  }

  markAll(table: string): void {
    this.#all.add(table);
  }

  /** Adds the rows of a select (with the table's columns and `_sign`) to the changed ones; says how many. */
  async add(table: string, select: string): Promise<number> {
    const changed = changedTable(table);
    const before = this.#rows.get(table);
    if (before === undefined)
      await this.#writer.run(
        `create or replace temp table ${changed} as select *, 0::integer as _sign from ${this.#catalogue}.main.${table} limit 0`,
      );
    const result = await this.#writer.run(`insert into temp.${changed} by name ${select}`);
    this.#rows.set(table, (before ?? 0) + result.rowsChanged);
    return result.rowsChanged;
  }

  /**
   * Select of the changed rows that differ in a column which a text names, or in any (text null).
   *
   * Definition  A select that gives named columns cannot depend on one that its text never names:
   *             what differs only there is no change for it.
   */
  async differing(table: string, by: { text: string | null; where: string }): Promise<string> {
    const words =
      by.text === null ? null : new Set(by.text.replaceAll(/--[^\n]*/g, '').match(/\w+/g));
    const columns = [...(await this.columns(table)).keys()];
    const named = words === null ? columns : columns.filter((column) => words.has(column));
    return (
      `select ${[...named, 'sum(_sign)::integer as _sign'].join(', ')} from temp.${changedTable(table)} ` +
      `where ${by.where} group by all having sum(_sign) <> 0`
    );
  }

  /** Columns of a stored table, with their types. */
  async columns(table: string): Promise<ReadonlyMap<string, string>> {
    if (!this.#columns.has(table)) {
      const found = await this.#writer.runAndReadAll(
        `select table_name, column_name, data_type from duckdb_columns()
         where database_name = ${quoteLiteral(this.#catalogue)} and schema_name = 'main' order by table_name, column_index`,
      );
      for (const [name, column, type] of found.getRows()) {
        const columns = this.#columns.get(String(name)) ?? new Map<string, string>();
        this.#columns.set(String(name), columns.set(String(column), String(type)));
      }
    }
    return this.#columns.get(table) ?? new Map<string, string>();
  }

  /** About how many rows a stored table has. */
  async size(table: string): Promise<number> {
    this.#sizes ??= await this.#readSizes();
    return this.#sizes.get(table) ?? 0;
  }

  async #readSizes(): Promise<Map<string, number>> {
    const found = await this.#writer.runAndReadAll(
      `select table_name, estimated_size from duckdb_tables()
       where database_name = ${quoteLiteral(this.#catalogue)} and schema_name = 'main'`,
    );
    return new Map(found.getRows().map(([table, rows]) => [String(table), Number(rows)]));
  }

  /** Leaves no temporary table behind. */
  async drop(): Promise<void> {
    for (const table of this.#rows.keys())
      await this.#writer.run(`drop table if exists temp.${changedTable(table)}`);
    this.#rows.clear();
  }
}

/** Name of the temporary table of changed rows. */
export function changedTable(table: string): string {
  return `changed_${table}`;
}
