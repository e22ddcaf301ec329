/**
 * A DuckDB in memory with every table of the warehouse, derived by the product's own models, for
 * tests that need a handful of readable rows in records or marts.
 */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';
import { readModels } from '#analytics/models.ts';
import { Readers } from '#analytics/result/readers.ts';
import type { Queryable } from '#analytics/table.ts';
import { createTableSql, recordNames } from '#ingest/records.ts';

const models = readModels();
const refreshText = (name: string): string =>
  readFileSync(new URL(`../../analytics/refresh/${name}`, import.meta.url), 'utf8');

type Cell = string | number | boolean | null;

/** The key of a short readable name: tests write `key('Acme')` where the warehouse has a UUID. */
export function key(name: string): string {
  const hex = Buffer.from(name.padEnd(16, '_').slice(0, 16)).toString('hex');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

export class SmallMarts {
  readonly connection: DuckDBConnection;
  readonly warehouse: Queryable;
  readonly #instance: DuckDBInstance;
  readonly #readers: Readers;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, readers: Readers) {
    this.#instance = instance;
    this.#readers = readers;
    this.connection = connection;
    this.warehouse = readers;
  }

  static async open(): Promise<SmallMarts> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
    const connection = await instance.connect();
    await connection.run("set timezone = 'UTC'");
    await connection.run(refreshText('macros.sql').replaceAll('$account_secret', "'secret'"));
    await connection.run(refreshText('meta.sql'));
    await connection.run("insert into group_currency values ('EUR')");
    for (const record of recordNames) await connection.run(createTableSql(record));
    const marts = new SmallMarts(instance, connection, await Readers.open(instance, 60_000));
    await marts.derive();
    return marts;
  }

  /** Derives all models, or those whose name begins so, from the rows inserted so far. */
  async derive(beginning = ''): Promise<void> {
    for (const model of models)
      if (model.name.startsWith(beginning))
        await this.connection.run(`create or replace table ${model.name} as ${model.sql}`);
  }

  /** Inserts rows; columns not named are null, or filled where a record needs them. */
  async insert(table: string, rows: readonly Readonly<Record<string, Cell>>[]): Promise<void> {
    for (const row of rows) {
      const columns = Object.keys(row);
      await this.connection.run(
        `insert into ${table} (${columns.join(', ')}) values (${Object.values(row).map(literal).join(', ')})`,
      );
    }
  }

  async close(): Promise<void> {
    await this.#readers.close();
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}

function literal(cell: Cell): string {
  return typeof cell === 'string' ? `'${cell.replaceAll("'", "''")}'` : String(cell);
}
