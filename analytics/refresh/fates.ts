import type { DuckDBConnection } from '@duckdb/node-api';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { batchFolder, type Manifest } from '#ingest/manifest.ts';
import { quoteLiteral } from './quote.ts';
import { streamPath, type Delivery, type Staged } from './stage.ts';

/**
 * What became of each physical row: loaded, rejected or ignored, and never two of them.
 *
 * Definition  A row is rejected when any of its records rejects it, else loaded when at least one
 *             record was made from it, else ignored: because another row of its batch has the
 *             same key, or because no record uses it. Rows the parser rejected or left out count
 *             as the manifest says. A select that combines rows says how many each result stands
 *             for; where several selects do so for one stream, the widest of them counts.
 */
export async function recordFates(
  writer: DuckDBConnection,
  dataFolder: string,
  delivery: Delivery,
  staged: readonly Staged[],
): Promise<void> {
  const ids = delivery.batches.map(({ batch_id }) => quoteLiteral(batch_id)).join(', ');
  for (const table of ['rejected', 'ignored', 'load_count', 'control_total'])
    await writer.run(`delete from ${table} where batch_id in (${ids})`);
  const ignored: Value[][] = [];
  const counts: Value[][] = [];
  const streams = new Set(
    delivery.batches.flatMap(({ physical_records }) => Object.keys(physical_records)),
  );
  for (const stream of streams) {
    const fates = await fatesOf(
      writer,
      staged.filter((one) => one.stream === stream),
    );
    for (const [index, batch] of delivery.batches.entries()) {
      if (batch.physical_records[stream] === undefined) continue;
      const one = streamCounts(batch, stream, fates.get(index + 1) ?? noFates);
      ignored.push(
        ...one.ignored.map(({ reason, count }) => [batch.batch_id, stream, reason, count]),
      );
      counts.push([
        batch.batch_id,
        batch.source,
        stream,
        one.physical,
        one.loaded,
        one.rejected,
        one.ignored.reduce((total, { count }) => total + count, 0),
      ]);
    }
  }
  await insertRows(writer, 'ignored', ignored);
  await insertRows(writer, 'load_count', counts);
  const totals = delivery.batches.flatMap(({ batch_id, control_totals }) =>
    control_totals.map(({ name, expected, actual }) => [batch_id, name, expected, actual]),
  );
  await insertRows(writer, 'control_total', totals);
  for (const batch of delivery.batches) await recordParserRejects(writer, dataFolder, batch);
  for (const one of staged)
    await writer.run(
      `insert into rejected
       select md5(concat_ws(chr(31), batch_ids[_batch], ${quoteLiteral(one.stream)}, _row, ${quoteLiteral(one.record)}))::uuid,
         batch_ids[_batch], ${quoteLiteral(delivery.batches[0]?.source ?? '')},
         ${quoteLiteral(delivery.connector.name)}, ${quoteLiteral(one.stream)}, _row,
         ${quoteLiteral(one.record)}, _code, _column, _value, null
       from temp.${one.table}, (select [${ids}] as batch_ids)
       where _code is not null and _code <> 'repeated_key'
       qualify row_number() over (partition by _batch, _row order by _column, _value) = 1`,
    );
}

type Value = string | number;

async function insertRows(
  writer: DuckDBConnection,
  table: string,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const literal = (value: Value) => (typeof value === 'number' ? value : quoteLiteral(value));
  await writer.run(
    `insert into ${table} values ${rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ')}`,
  );
}

interface Fates {
  readonly loaded: number;
  readonly rejected: number;
  readonly repeated: number;
}

const noFates: Fates = { loaded: 0, rejected: 0, repeated: 0 };

function streamCounts(batch: Manifest, stream: string, fates: Fates) {
  const physical = batch.physical_records[stream] ?? 0;
  const parserRejected = batch.rejected[stream] ?? 0;
  const parserIgnored = batch.ignored.filter((one) => one.stream === stream);
  const rows = physical - parserRejected - sum(parserIgnored.map(({ count }) => count));
  const rejected = Math.min(rows, fates.rejected);
  const loaded = Math.min(rows - rejected, fates.loaded);
  const repeated = Math.min(rows - rejected - loaded, fates.repeated);
  const ignored = [
    ...parserIgnored.map(({ reason, count }) => ({ reason, count })),
    { reason: 'repeated key in batch', count: repeated },
    { reason: 'no record uses this row', count: rows - rejected - loaded - repeated },
  ].filter(({ count }) => count > 0);
  return { physical, loaded, rejected: rejected + parserRejected, ignored };
}

/** What became of the rows of one stream, by place of the batch. */
async function fatesOf(
  writer: DuckDBConnection,
  staged: readonly Staged[],
): Promise<Map<number, Fates>> {
  if (staged.length === 0) return new Map();
  const rows = staged
    .map(({ table }) => `select _batch, _row, _row_count, _code from temp.${table}`)
    .join('\nunion all\n');
  const result = await writer.runAndReadAll(`
    with physical as (
      select _batch, _row, max(_row_count) as rows,
        bool_or(_code is not null and _code <> 'repeated_key') as rejected,
        bool_or(_code is null) as loaded
      from (${rows}) group by _batch, _row
    )
    select
      _batch,
      coalesce(sum(rows) filter (not rejected and loaded), 0)::double,
      coalesce(sum(rows) filter (rejected), 0)::double,
      coalesce(sum(rows) filter (not rejected and not loaded), 0)::double
    from physical group by _batch`);
  return new Map(
    result
      .getRows()
      .map(([batch, loaded, rejected, repeated]) => [
        Number(batch),
        { loaded: Number(loaded), rejected: Number(rejected), repeated: Number(repeated) },
      ]),
  );
}

async function recordParserRejects(
  writer: DuckDBConnection,
  dataFolder: string,
  batch: Manifest,
): Promise<void> {
  const path = join(batchFolder(dataFolder, batch.source, batch.batch_id), 'rejected.parquet');
  if (!existsSync(path)) return;
  await writer.run(
    `insert into rejected
     select md5(concat_ws(chr(31), ${quoteLiteral(batch.batch_id)}, stream, source_row, code))::uuid,
       ${quoteLiteral(batch.batch_id)}, ${quoteLiteral(batch.source)}, ${quoteLiteral(batch.connector)},
       stream, source_row::bigint, null, code, null, raw, detail
     from read_parquet(${quoteLiteral(path)})`,
  );
}

/**
 * Why batches cannot be published, by batch: a control total that differs, a stream whose rows are
 * not all there.
 */
export async function reasonsToHold(
  writer: DuckDBConnection,
  dataFolder: string,
  batches: readonly Manifest[],
): Promise<Map<string, string>> {
  const found = await rowsInFiles(writer, dataFolder, batches);
  const reasons = new Map<string, string>();
  for (const batch of batches) {
    const reason =
      (await differingTotal(writer, batch)) ??
      Object.keys(batch.streams)
        .map((stream) => differingRows(dataFolder, batch, stream, found))
        .find((one) => one !== null);
    if (reason) reasons.set(batch.batch_id, reason);
  }
  return reasons;
}

async function rowsInFiles(
  writer: DuckDBConnection,
  dataFolder: string,
  batches: readonly Manifest[],
): Promise<Map<string, number>> {
  const paths = batches
    .flatMap((batch) =>
      Object.keys(batch.streams).map((stream) => streamPath(dataFolder, batch, stream)),
    )
    .filter((path) => existsSync(path));
  if (paths.length === 0) return new Map();
  const result = await writer.runAndReadAll(
    `select file_name, num_rows from parquet_file_metadata([${paths.map(quoteLiteral).join(', ')}])`,
  );
  return new Map(result.getRows().map(([path, rows]) => [String(path), Number(rows)]));
}

async function differingTotal(
  writer: DuckDBConnection,
  { control_totals }: Manifest,
): Promise<string | null> {
  const unequal = control_totals.filter(({ expected, actual }) => expected !== actual);
  for (const { name, expected, actual } of unequal) {
    const result = await writer.runAndReadAll(
      'select coalesce(try_cast($expected as decimal(38, 9)) = try_cast($actual as decimal(38, 9)), false)',
      { expected, actual },
    );
    if (result.getRows()[0]?.[0] !== true)
      return `control total "${name}" should be ${expected} but the rows give ${actual}`;
  }
  return null;
}

function differingRows(
  dataFolder: string,
  batch: Manifest,
  stream: string,
  inFiles: ReadonlyMap<string, number>,
): string | null {
  const path = streamPath(dataFolder, batch, stream);
  const found = inFiles.get(path);
  if (found === undefined) return `${path} is missing`;
  const ignored = sum(
    batch.ignored.filter((one) => one.stream === stream).map(({ count }) => count),
  );
  const physical = batch.physical_records[stream] ?? 0;
  const rejected = batch.rejected[stream] ?? 0;
  if (found === batch.streams[stream]?.rows && physical === found + rejected + ignored) return null;
  return (
    `stream ${stream}: ${physical} physical records should equal ${found} landed rows ` +
    `+ ${rejected} rejected + ${ignored} ignored`
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
