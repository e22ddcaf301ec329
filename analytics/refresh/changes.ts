import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * What a refresh changed in each table: nothing, some rows, or so much that everything that reads
 * the table is derived again. The rows as they were and as they are stand in `temp.changed_<table>`.
 */
export class Changes {
  readonly #writer: DuckDBConnection;
  readonly #catalogue: string;
  readonly #some = new Set<string>();
  readonly #all = new Set<string>();

  constructor(writer: DuckDBConnection, catalogue: string) {
    this.#writer = writer;
    this.#catalogue = catalogue;
  }

  of(table: string): 'none' | 'some' | 'all' {
    if (this.#all.has(table)) return 'all';
    return this.#some.has(table) ? 'some' : 'none';
  }

  markAll(table: string): void {
    this.#all.add(table);
  }

  /** Adds the rows of a select (with the table's columns) to the changed ones. */
  async add(table: string, select: string): Promise<void> {
    const changed = changedTable(table);
    if (!this.#some.has(table)) {
      await this.#writer.run(
        `create or replace temp table ${changed} as select * from ${this.#catalogue}.main.${table} limit 0`,
      );
      this.#some.add(table);
    }
    await this.#writer.run(`insert into temp.${changed} by name ${select}`);
  }

  /** Leaves no temporary table behind; tables without a changed row count as untouched. */
  async settle(): Promise<void> {
    for (const table of this.#some) {
      const result = await this.#writer.runAndReadAll(
        `select count(*) from temp.${changedTable(table)}`,
      );
      if (Number(result.getRows()[0]?.[0]) === 0) {
        await this.#writer.run(`drop table temp.${changedTable(table)}`);
        this.#some.delete(table);
      }
    }
  }

  async drop(): Promise<void> {
    for (const table of this.#some)
      await this.#writer.run(`drop table if exists temp.${changedTable(table)}`);
    this.#some.clear();
  }
}

/** Name of the temporary table of changed rows. */
export function changedTable(table: string): string {
  return `changed_${table}`;
}
