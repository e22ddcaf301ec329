import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import * as v from 'valibot';
import type { Connector } from '#ingest/connector.ts';
import { batchFolder, type Manifest } from '#ingest/manifest.ts';
import { recordNames } from '#ingest/records.ts';
import { openWarehouse, type Warehouse, type WarehouseOptions } from '#analytics/warehouse.ts';

/** A row as a source writes it: text, or nothing. */
export type SourceRow = Readonly<Record<string, string | null>>;

/** A connector whose streams are named after the records and already have their staged columns. */
export const plain: Connector = {
  name: 'plain',
  brings: recordNames,
  settings: v.unknown(),
  extract: () => Promise.reject(new Error('these tests land their batches themselves')),
  staging: () =>
    recordNames.map((record) => ({ record, streams: [record], sql: `select * from ${record}` })),
};

export interface LandedBatch {
  readonly source?: string;
  readonly connector?: string;
  readonly extractedAt: string;
  readonly streams: Readonly<Record<string, readonly SourceRow[]>>;
  readonly change?: (manifest: Manifest) => Manifest;
}

/** Writes a batch as the landing does; its id follows from its content. */
export async function land(dataFolder: string, batch: LandedBatch): Promise<string> {
  const source = batch.source ?? 'erp';
  const connector = batch.connector ?? 'plain';
  const id = createHash('sha256')
    .update(JSON.stringify([source, connector, batch.extractedAt, batch.streams]))
    .digest('hex')
    .slice(0, 32);
  const folder = batchFolder(dataFolder, source, id);
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [stream, rows] of Object.entries(batch.streams)) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    await connection.run(
      `create table t (${[...columns.map((name) => `"${name}" varchar`), '_row bigint', '_file varchar'].join(', ')})`,
    );
    const appender = await connection.createAppender('t');
    for (const [index, row] of rows.entries()) {
      for (const name of columns) {
        const value = row[name] ?? null;
        if (value === null) appender.appendNull();
        else appender.appendVarchar(value);
      }
      appender.appendBigInt(BigInt(index + 1));
      appender.appendVarchar(`${stream}.csv`);
      appender.endRow();
    }
    appender.closeSync();
    await connection.run(`copy t to '${join(folder, `${stream}.parquet`)}' (format parquet)`);
    await connection.run('drop table t');
  }
  connection.closeSync();
  instance.closeSync();
  const counts = Object.fromEntries(
    Object.entries(batch.streams).map(([stream, rows]) => [stream, rows.length]),
  );
  const manifest: Manifest = {
    batch_id: id,
    source,
    connector,
    settings: {},
    extracted_at: batch.extractedAt,
    files: [],
    streams: Object.fromEntries(
      Object.entries(batch.streams).map(([stream, rows]) => [
        stream,
        { rows: rows.length, columns: [...new Set(rows.flatMap((row) => Object.keys(row)))] },
      ]),
    ),
    physical_records: counts,
    rejected: {},
    ignored: [],
    control_totals: [],
    warnings: [],
    status: 'landed',
  };
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify(batch.change ? batch.change(manifest) : manifest),
  );
  return id;
}

/** A data folder of its own; `close` removes it. */
export async function dataFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'quittance-warehouse-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Opens a warehouse over the plain connector with small limits. */
export function openPlain(
  path: string,
  options: Partial<WarehouseOptions> = {},
): Promise<Warehouse> {
  return openWarehouse(plainOptions(path, options));
}

/** The options `openPlain` uses. */
export function plainOptions(
  path: string,
  options: Partial<WarehouseOptions> = {},
): WarehouseOptions {
  return {
    dataFolder: path,
    accountSecret: 'test secret',
    groupCurrency: 'EUR',
    memoryLimitMb: 400,
    threads: 2,
    connectors: [plain],
    detectors: [],
    ...options,
  };
}
