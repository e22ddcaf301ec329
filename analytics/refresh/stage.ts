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

/** Batches that are staged together: some of the same kind, or all of a source when its selects join streams of several. */
export interface Delivery {
  readonly connector: Connector;
  readonly batches: readonly Manifest[];
}

/** Rows of small batches that are staged at once; a larger batch is staged alone. */
const rowsTogether = 500_000;

/** Whether a connector's selects join rows of several batches. */
export function joinsBatches(connector: Connector, settings: unknown): boolean {
  return connector.staging(settings).some((staging) => staging.linkedBy !== undefined);
}

/**
 * Divides batches of connectors that do not join them into deliveries: those with the same source,
 * settings and columns go together, so that a hundred small files cost as much as one.
 *
 * Definition  `alone` names batches of a delivery that failed: each is tried by itself.
 */
export function deliverTogether(
  connector: Connector,
  batches: readonly Manifest[],
  alone: ReadonlySet<string>,
): Delivery[] {
  const groups = new Map<string, { batches: Manifest[]; rows: number }>();
  const deliveries: Delivery[] = [];
  for (const batch of batches) {
    const kind = alone.has(batch.batch_id) ? batch.batch_id : kindOf(batch);
    const rows = Object.values(batch.streams).reduce((sum, stream) => sum + stream.rows, 0);
    const group = groups.get(kind);
    if (group && group.rows + rows <= rowsTogether) {
      group.batches.push(batch);
      group.rows += rows;
      continue;
    }
    const begun = { batches: [batch], rows };
    groups.set(kind, begun);
    deliveries.push({ connector, batches: begun.batches });
  }
  return deliveries;
}

function kindOf({ source, connector, settings, streams }: Manifest): string {
  const columns = Object.entries(streams)
    .map(([stream, { columns }]) => [stream, [...columns].sort()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([source, connector, settings, columns]);
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
  const { connector, batches } = delivery;
  const staged: Staged[] = [];
  const last = batches.at(-1);
  if (!last) return staged;
  const stage = async (
    select: Staging,
    of: { batches: readonly Manifest[]; columns: readonly string[] },
  ) => {
    const table = `staged_${select.record}_${staged.length}`;
    staged.push(await stageSelect(writer, select, { ...of, table, all: batches }));
  };
  const joined = connector.staging(last.settings).filter(({ linkedBy }) => linkedBy);
  const kinds = joined.length > 0 ? batches.map((batch) => [batch]) : [batches];
  for (const kind of kinds)
    for (const select of connector.staging(kind[0]?.settings)) {
      const having = kind.filter((batch) => batch.streams[select.streams[0]] !== undefined);
      if (select.linkedBy || having.length === 0) continue;
      const streams = { dataFolder, select, batches: having, repeats: true };
      const apart = await withStreams(writer, streams, async (columns) => {
        if (having.length > 1 && !columns.includes('_batch_id')) return having;
        await stage(select, { batches: having, columns });
        return [];
      });
      for (const batch of apart)
        await withStreams(writer, { ...streams, batches: [batch] }, (columns) =>
          stage(select, { batches: [batch], columns }),
        );
    }
  for (const select of joined)
    if (batches.some((batch) => batch.streams[select.streams[0]] !== undefined))
      await withStreams(writer, { dataFolder, select, batches, repeats: false }, (columns) =>
        stage(select, { batches, columns }),
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
  target: {
    batches: readonly Manifest[];
    all: readonly Manifest[];
    columns: readonly string[];
    table: string;
  },
): Promise<Staged> {
  const { batches, columns, table } = target;
  const batch = batches.at(-1);
  try {
    if (select.linkedBy && !columns.includes('_batch_id'))
      throw new Error('a select with linkedBy must give _batch_id of the driving row');
    const typed = typedSelect(select.record, {
      from: `(\n${select.sql}\n) as staged`,
      stagedColumns: columns,
      source: batch?.source ?? '',
      batchIds: target.all.map(({ batch_id }) => batch_id),
      batchId: batch?.batch_id ?? '',
    });
    await writer.run(`create temp table ${table} as\n${typed}`);
  } catch (cause) {
    throw misfit(select, batches, cause);
  }
  return { record: select.record, stream: select.streams[0], table };
}

function misfit(select: Staging, batches: readonly Manifest[], cause: unknown): StagingError {
  const batch = batches.at(-1);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StagingError(
    `${batch?.connector}: the staging select of ${select.record} does not fit batch ${batch?.batch_id}: ${message}`,
    {
      batchIds: batches.map(({ batch_id }) => batch_id),
      separable: batches.length > 1 && select.linkedBy === undefined,
      cause,
    },
  );
}

/** A staging select and a batch that do not fit each other: the batch is held, the rest goes on. */
export class StagingError extends Error {
  override name = 'StagingError';
  readonly batchIds: readonly string[];
  /** Whether each batch can be tried alone, to find the one that does not fit. */
  readonly separable: boolean;

  constructor(
    message: string,
    of: { batchIds: readonly string[]; separable: boolean; cause: unknown },
  ) {
    super(message, { cause: of.cause });
    this.batchIds = of.batchIds;
    this.separable = of.separable;
  }
}

/** Makes the streams a select names visible as temporary views while `use` runs with its columns. */
async function withStreams<T>(
  writer: DuckDBConnection,
  of: {
    dataFolder: string;
    batches: readonly Manifest[];
    select: Staging;
    /** Whether a row stays that a later batch repeats exactly. */
    repeats: boolean;
  },
  use: (columns: readonly string[]) => Promise<T>,
): Promise<T> {
  const streams = of.select.streams.filter((stream) =>
    of.batches.some((batch) => batch.streams[stream] !== undefined),
  );
  for (const stream of streams)
    await writer.run(
      `create temp view ${quoteIdentifier(stream)} as ${of.repeats ? rowsOfStream(of.dataFolder, stream, of.batches) : distinctRowsOfStream(of.dataFolder, stream, of.batches)}`,
    );
  const result = await use(await columnsOfSelect(writer, of));
  for (const stream of streams) await writer.run(`drop view temp.${quoteIdentifier(stream)}`);
  return result;
}

async function columnsOfSelect(
  writer: DuckDBConnection,
  { select, batches }: { select: Staging; batches: readonly Manifest[] },
): Promise<string[]> {
  try {
    const prepared = await writer.prepare(select.sql);
    try {
      return Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnName(index));
    } finally {
      prepared.destroySync();
    }
  } catch (cause) {
    throw misfit(select, batches, cause);
  }
}

/** Rows of a stream over the batches that have it. */
function rowsOfStream(dataFolder: string, stream: string, batches: readonly Manifest[]): string {
  return batches
    .filter((batch) => batch.streams[stream] !== undefined)
    .map(
      (batch) =>
        `select *, ${quoteLiteral(batch.batch_id)} as _batch_id, ` +
        `timestamp ${quoteLiteral(batch.extracted_at.replace('T', ' ').replace('Z', ''))} as _extracted_at ` +
        `from read_parquet(${quoteLiteral(streamPath(dataFolder, batch, stream))})`,
    )
    .join('\nunion all by name\n');
}

/** The same without exact repeats: of equal rows that of the latest batch stays. */
function distinctRowsOfStream(
  dataFolder: string,
  stream: string,
  batches: readonly Manifest[],
): string {
  const having = batches.filter((batch) => batch.streams[stream] !== undefined);
  const all = rowsOfStream(dataFolder, stream, having);
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
