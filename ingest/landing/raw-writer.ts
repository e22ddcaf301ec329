import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBDataChunk, DuckDBInstance, VARCHAR, BIGINT } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Rows handed to DuckDB at a time, its vector size. */
const chunkRows = 2048;
/** Rows held before they go to a part file: keeps memory flat for files of any size. */
const partRows = 120_000;

/** Writes text columns to Parquet through its own small DuckDB; one per landing. */
export interface RawWriter {
  /** Runs one statement of ours; values are escaped by `sqlText` and `sqlName`. */
  run(sql: string): Promise<void>;
  /** First row of a result as texts. */
  first(sql: string): Promise<(string | null)[]>;
  all(sql: string): Promise<(string | null)[][]>;
  /** Starts a Parquet file of text columns plus `_row` and `_file`. */
  table(columns: readonly string[]): Promise<RawTable>;
  /** One Parquet file out of several with possibly different columns, in the order given. */
  join(parts: readonly string[], target: string, select?: string): Promise<void>;
  close(): void;
}

/** A Parquet file being written row by row. */
export interface RawTable {
  add(values: readonly (string | null)[], row: number, file: string): void | Promise<void>;
  /** Part files written, in order. */
  finish(): Promise<string[]>;
}

/** Opens the writer; temporary files go to `folder`. */
export async function openRawWriter(folder: string): Promise<RawWriter> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '768MB',
    temp_directory: join(folder, 'spill'),
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`set TimeZone = 'UTC'`);

  async function all(sql: string): Promise<(string | null)[][]> {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowsJson() as (string | null)[][];
  }
  return {
    run: async (sql) => {
      await connection.run(sql);
    },
    first: async (sql) => (await all(sql))[0] ?? [],
    all,
    table: (columns) => startTable(connection, folder, columns),
    join: (parts, target, select = '*') => joinParts(connection, { parts, target, select }),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A text as an SQL literal. */
export function sqlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function startTable(
  connection: DuckDBConnection,
  folder: string,
  columns: readonly string[],
): Promise<RawTable> {
  const name = `landing_${randomUUID().replaceAll('-', '')}`;
  const types = [...columns.map(() => VARCHAR), BIGINT, VARCHAR];
  const declared = [...columns.map((column) => `${sqlName(column)} varchar`)];
  const create = `create table ${name} (${[...declared, '_row bigint', '_file varchar'].join(', ')})`;
  await connection.run(create);
  let appender = await connection.createAppender(name);
  let pending: (string | bigint | null)[][] = [];
  let held = 0;
  const parts: string[] = [];

  function flushChunk(): void {
    if (pending.length === 0) return;
    const chunk = DuckDBDataChunk.create(types, pending.length);
    chunk.setRows(pending);
    appender.appendDataChunk(chunk);
    held += pending.length;
    pending = [];
  }

  async function flushPart(): Promise<void> {
    flushChunk();
    appender.closeSync();
    const part = join(folder, `part-${randomUUID()}.parquet`);
    await connection.run(`copy ${name} to ${sqlText(part)} (format parquet, compression zstd)`);
    await connection.run(`drop table ${name}`);
    parts.push(part);
    held = 0;
  }

  return {
    add(values, row, file) {
      pending.push([...values, BigInt(row), file]);
      if (pending.length < chunkRows) return;
      flushChunk();
      if (held < partRows) return;
      return (async () => {
        await flushPart();
        await connection.run(create);
        appender = await connection.createAppender(name);
      })();
    },
    async finish() {
      await flushPart();
      return parts;
    },
  };
}

async function joinParts(
  connection: DuckDBConnection,
  { parts, target, select }: { parts: readonly string[]; target: string; select: string },
): Promise<void> {
  const list = parts.map(sqlText).join(', ');
  await connection.run(
    `copy (select ${select} from read_parquet([${list}], union_by_name = true)) to ${sqlText(target)} (format parquet, compression zstd)`,
  );
  for (const part of parts) await rm(part);
}
