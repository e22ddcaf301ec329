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

  arrow(sql: string, values: Values = {}): Promise<Uint8Array> {
    return this.#use(sql, values, toArrow);
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

  async #use<T>(
    sql: string,
    values: Values,
    read: (result: DuckDBResult) => Promise<T>,
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
        return await read(await runSelect(prepared, values));
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

async function runSelect(prepared: DuckDBPreparedStatement, values: Values): Promise<DuckDBResult> {
  if (prepared.statementType !== StatementType.SELECT)
    throw new Error('only a select may be read from the warehouse; changes go through refresh');
  bind(prepared, values);
  return prepared.run();
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
