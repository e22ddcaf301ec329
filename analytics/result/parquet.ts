import type { DuckDBConnection } from '@duckdb/node-api';
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteIdentifier, quoteLiteral } from '../refresh/quote.ts';
import type { Parameter } from '../table.ts';
import { bind } from './bind.ts';

/** Where a result may be written for a moment, and what is written beside it. */
export interface ParquetTarget {
  readonly folder: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A select's result as a Parquet file with key-value metadata, read back and taken away.
 *
 * Definition  DuckDB's own types and order; Zstandard
 * Errors      the caller has made sure that `sql` is one select: it stands in a copy statement here
 */
export async function toParquet(
  connection: DuckDBConnection,
  select: { readonly sql: string; readonly values: Readonly<Record<string, Parameter>> },
  target: ParquetTarget,
): Promise<Uint8Array> {
  const path = join(target.folder, `${randomUUID()}.parquet`);
  const pairs = Object.entries(target.metadata).map(
    ([key, value]) => `${quoteIdentifier(key)}: ${quoteLiteral(value)}`,
  );
  const metadata = pairs.length === 0 ? '' : `, kv_metadata {${pairs.join(', ')}}`;
  const copy = await connection.prepare(
    `copy (\n${select.sql}\n) to ${quoteLiteral(path)} (format parquet, compression zstd${metadata})`,
  );
  try {
    bind(copy, select.values);
    await copy.run();
    return await readFile(path);
  } finally {
    copy.destroySync();
    await rm(path, { force: true });
  }
}
