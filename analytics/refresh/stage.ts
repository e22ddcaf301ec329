import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Connector, Staging } from '#ingest/connector.ts';
import { batchFolder, type Manifest } from '#ingest/manifest.ts';
import type { RecordName } from '#ingest/records.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { typedSelect } from './typed-select.ts';

/** A temporary table of typed rows of one record, good and bad, from one staging select. */
export interface Staged {
  readonly record: RecordName;
  /** The driving stream, whose physical rows these are. */
  readonly stream: string;
  readonly table: string;
}

/** Batches that are staged together: one, or all of a source when its selects join streams of several. */
export interface Delivery {
  readonly connector: Connector;
  readonly batches: readonly Manifest[];
}

/** Whether a connector's selects join rows of several batches. */
export function joinsBatches(connector: Connector, settings: unknown): boolean {
  return connector.staging(settings).some((staging) => staging.linkedBy !== undefined);
}

/**
 * Runs the staging selects of a delivery into typed temporary tables.
 *
 * Errors  a select that does not fit the streams throws with the record and the batch named.
 */
export async function stageDelivery(
  writer: DuckDBConnection,
  dataFolder: string,
  delivery: Delivery,
): Promise<Staged[]> {
  const staged: Staged[] = [];
  const last = delivery.batches.at(-1);
  if (!last) return staged;
  const next = (record: RecordName) => `staged_${record}_${staged.length}`;
  const joined = delivery.connector.staging(last.settings).filter(({ linkedBy }) => linkedBy);
  for (const batch of delivery.batches) {
    const single = delivery.connector.staging(batch.settings).filter(({ linkedBy }) => !linkedBy);
    const selects = single.filter(({ streams }) => batch.streams[streams[0]] !== undefined);
    await withStreams(writer, { dataFolder, batches: [batch], selects }, async () => {
      for (const select of selects)
        staged.push(
          await stageSelect(writer, select, {
            batch,
            batches: [batch],
            table: next(select.record),
          }),
        );
    });
  }
  const present = joined.filter(({ streams }) =>
    delivery.batches.some((batch) => batch.streams[streams[0]] !== undefined),
  );
  await withStreams(
    writer,
    { dataFolder, batches: delivery.batches, selects: present },
    async () => {
      for (const select of present)
        staged.push(
          await stageSelect(writer, select, {
            batch: last,
            batches: delivery.batches,
            table: next(select.record),
          }),
        );
    },
  );
  return staged;
}

/** Drops the tables of `stageDelivery`. */
export async function dropStaged(
  writer: DuckDBConnection,
  staged: readonly Staged[],
): Promise<void> {
  for (const { table } of staged) await writer.run(`drop table if exists temp.${table}`);
}

async function stageSelect(
  writer: DuckDBConnection,
  select: Staging,
  target: { batch: Manifest; batches: readonly Manifest[]; table: string },
): Promise<Staged> {
  const { batch, table } = target;
  const batches = target.batches.map(({ batch_id }) => batch_id);
  try {
    const columns = await columnsOfSelect(writer, select.sql);
    if (select.linkedBy && !columns.includes('_batch_id'))
      throw new Error('a select with linkedBy must give _batch_id of the driving row');
    const typed = typedSelect(select.record, {
      from: `(\n${select.sql}\n) as staged`,
      stagedColumns: columns,
      source: batch.source,
      batchId: batch.batch_id,
    });
    await writer.run(`create temp table ${table} as\n${typed}`);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StagingError(
      `${batch.connector}: the staging select of ${select.record} does not fit batch ${batch.batch_id}: ${message}`,
      batches,
      { cause },
    );
  }
  return { record: select.record, stream: select.streams[0], table };
}

/** A staging select and a batch that do not fit each other: the batch is held, the rest goes on. */
export class StagingError extends Error {
  override name = 'StagingError';
  readonly batchIds: readonly string[];

  constructor(message: string, batchIds: readonly string[], options: ErrorOptions) {
    super(message, options);
    this.batchIds = batchIds;
  }
}

async function columnsOfSelect(writer: DuckDBConnection, sql: string): Promise<string[]> {
  const prepared = await writer.prepare(sql);
  try {
    return Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnName(index));
  } finally {
    prepared.destroySync();
  }
}

/** Makes the streams the selects name visible as temporary views while `use` runs. */
async function withStreams(
  writer: DuckDBConnection,
  of: { dataFolder: string; batches: readonly Manifest[]; selects: readonly Staging[] },
  use: () => Promise<void>,
): Promise<void> {
  const streams = [...new Set(of.selects.flatMap((select) => select.streams))].filter((stream) =>
    of.batches.some((batch) => batch.streams[stream] !== undefined),
  );
  for (const stream of streams)
    await writer.run(
      `create temp view ${quoteIdentifier(stream)} as ${streamSql(of.dataFolder, stream, of.batches)}`,
    );
  await use();
  for (const stream of streams) await writer.run(`drop view temp.${quoteIdentifier(stream)}`);
}

/** Rows of a stream over the batches that have it; exact repeats in later batches replace the earlier row. */
function streamSql(dataFolder: string, stream: string, batches: readonly Manifest[]): string {
  const having = batches.filter((batch) => batch.streams[stream] !== undefined);
  const all = having
    .map(
      (batch) =>
        `select *, ${quoteLiteral(batch.batch_id)} as _batch_id, ` +
        `timestamp ${quoteLiteral(batch.extracted_at.replace('T', ' ').replace('Z', ''))} as _extracted_at ` +
        `from read_parquet(${quoteLiteral(streamPath(dataFolder, batch, stream))})`,
    )
    .join('\nunion all by name\n');
  if (having.length < 2) return all;
  const columns = [...new Set(having.flatMap((batch) => batch.streams[stream]?.columns ?? []))]
    .filter((name) => !name.startsWith('_'))
    .map(quoteIdentifier);
  return (
    `select * from (${all}) qualify rank() over (partition by ${columns.join(', ')} ` +
    `order by _extracted_at desc, _batch_id desc) = 1`
  );
}

/** Parquet file of a stream of a batch. */
export function streamPath(dataFolder: string, batch: Manifest, stream: string): string {
  return join(batchFolder(dataFolder, batch.source, batch.batch_id), `${stream}.parquet`);
}
