import {
  StatementType,
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
} from '@duckdb/node-api';
import type { Columns, Parameter, Row } from '../table.ts';
import { toArrow } from './arrow.ts';
import { bind } from './bind.ts';
import { toColumns } from './columns.ts';
import { toParquet, type ParquetTarget } from './parquet.ts';
import { toValue } from './values.ts';

/** Most rows `rows` gives; more are read as columns. */
export const rowLimit = 10_000;
/** Reads at the same time; further ones wait. Node runs native calls on four threads, one stays free for the writer. */
const readerCount = 3;

type Values = Readonly<Record<string, Parameter>>;

/** Connections that only read: prepared selects, one statement each, within a time limit. */
export class Readers {
  readonly #idle: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  readonly #all: readonly DuckDBConnection[];
  readonly #timeoutMs: number;
  #isClosed = false;

  private constructor(connections: readonly DuckDBConnection[], timeoutMs: number) {
    this.#all = connections;
    this.#idle = [...connections];
    this.#timeoutMs = timeoutMs;
  }

  static async open(instance: DuckDBInstance, timeoutMs: number): Promise<Readers> {
    const connections: DuckDBConnection[] = [];
    for (let count = 0; count < readerCount; count += 1) connections.push(await instance.connect());
    return new Readers(connections, timeoutMs);
  }

  rows(sql: string, values: Values = {}): Promise<Row[]> {
    return this.#use(sql, values, toRows);
  }

  columns(sql: string, values: Values = {}): Promise<Columns> {
    return this.#use(sql, values, toColumns);
  }

  arrow(
    sql: string,
    values: Values = {},
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<Uint8Array> {
    return this.#use(sql, values, (result) => toArrow(result, metadata));
  }

  /** The result as a Parquet file; the file stands in the target's folder only while it is written. */
  parquet(sql: string, values: Values, target: ParquetTarget): Promise<Uint8Array> {
    return this.#prepared(sql, (connection) => toParquet(connection, { sql, values }, target));
  }

  /** Waits for running reads, then closes the connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    let open = this.#all.length;
    while (open > 0) {
      const connection = this.#idle.pop() ?? (await this.#next());
      connection.closeSync();
      open -= 1;
    }
  }

  #use<T>(sql: string, values: Values, read: (result: DuckDBResult) => Promise<T>): Promise<T> {
    return this.#prepared(sql, async (_, prepared) => {
      bind(prepared, values);
      return read(await prepared.run());
    });
  }

  /** Lends a connection for one select, within the time limit. */
  async #prepared<T>(
    sql: string,
    work: (connection: DuckDBConnection, prepared: DuckDBPreparedStatement) => Promise<T>,
  ): Promise<T> {
    if (this.#isClosed) throw new Error('the warehouse is closed');
    const connection = this.#idle.pop() ?? (await this.#next());
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      connection.interrupt();
    }, this.#timeoutMs);
    try {
      const prepared = await connection.prepare(sql);
      try {
        if (prepared.statementType !== StatementType.SELECT)
          throw new Error(
            'only a select may be read from the warehouse; changes go through refresh',
          );
        return await work(connection, prepared);
      } finally {
        prepared.destroySync();
      }
    } catch (cause) {
      if (timedOut)
        throw new Error(
          `the query took longer than ${this.#timeoutMs / 1000} s and was stopped; narrow its period or filters`,
          { cause },
        );
      throw cause;
    } finally {
      clearTimeout(timer);
      this.#release(connection);
    }
  }

  #next(): Promise<DuckDBConnection> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(connection: DuckDBConnection): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(connection);
    else this.#idle.push(connection);
  }
}

async function toRows(result: DuckDBResult): Promise<Row[]> {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  const rows: Row[] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return rows;
    if (rows.length + chunk.rowCount > rowLimit)
      throw new Error(
        `the result has more than ${rowLimit} rows: read it with columns() or arrow(), or add a limit`,
      );
    for (const values of chunk.getRows())
      rows.push(
        Object.fromEntries(
          names.map((name, index) => {
            const type = types[index];
            return [name, type ? toValue(values[index] ?? null, type) : null];
          }),
        ),
      );
  }
}
