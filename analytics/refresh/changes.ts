import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * What a refresh changed in each table: nothing, some rows, or so much that everything that reads
 * the table is derived again. The rows as they were and as they are stand in `temp.changed_<table>`.
 */
export class Changes {
  readonly #writer: DuckDBConnection;
  readonly #catalogue: string;
  readonly #rows = new Map<string, number>();
  readonly #all = new Set<string>();

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

  /** Adds the rows of a select (with the table's columns) to the changed ones; says how many. */
  async add(table: string, select: string): Promise<number> {
    const changed = changedTable(table);
    const before = this.#rows.get(table);
    if (before === undefined)
      await this.#writer.run(
        `create or replace temp table ${changed} as select * from ${this.#catalogue}.main.${table} limit 0`,
      );
    const result = await this.#writer.run(`insert into temp.${changed} by name ${select}`);
    this.#rows.set(table, (before ?? 0) + result.rowsChanged);
    return result.rowsChanged;
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
