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
  for (const batch of delivery.batches) {
    await writer.run(
      ['rejected', 'ignored', 'load_count', 'control_total']
        .map((table) => `delete from ${table} where batch_id = ${quoteLiteral(batch.batch_id)}`)
        .join(';\n'),
    );
    for (const stream of Object.keys(batch.physical_records))
      await recordStream(
        writer,
        batch,
        stream,
        staged.filter((one) => one.stream === stream),
      );
    for (const total of batch.control_totals)
      await writer.run('insert into control_total values ($batch, $name, $expected, $actual)', {
        batch: batch.batch_id,
        name: total.name,
        expected: total.expected,
        actual: total.actual,
      });
    await recordParserRejects(writer, dataFolder, batch);
  }
  for (const one of staged)
    await writer.run(
      `insert into rejected
       select md5(concat_ws(chr(31), _batch_id, ${quoteLiteral(one.stream)}, _row, ${quoteLiteral(one.record)}))::uuid,
         _batch_id, ${quoteLiteral(delivery.batches[0]?.source ?? '')},
         ${quoteLiteral(delivery.connector.name)}, ${quoteLiteral(one.stream)}, _row,
         ${quoteLiteral(one.record)}, _code, _column, _value, null
       from temp.${one.table} where _code is not null and _code <> 'repeated_key'
       qualify row_number() over (partition by _batch_id, _row order by _column, _value) = 1`,
    );
}

async function recordStream(
  writer: DuckDBConnection,
  batch: Manifest,
  stream: string,
  staged: readonly Staged[],
): Promise<void> {
  const physical = batch.physical_records[stream] ?? 0;
  const parserRejected = batch.rejected[stream] ?? 0;
  const parserIgnored = batch.ignored.filter((one) => one.stream === stream);
  const rows = physical - parserRejected - sum(parserIgnored.map(({ count }) => count));
  const fates = await fatesOf(writer, batch, staged);
  const rejected = Math.min(rows, fates.rejected);
  const loaded = Math.min(rows - rejected, fates.loaded);
  const repeated = Math.min(rows - rejected - loaded, fates.repeated);
  const reasons = [
    ...parserIgnored.map(({ reason, count }) => ({ reason, count })),
    { reason: 'repeated key in batch', count: repeated },
    { reason: 'no record uses this row', count: rows - rejected - loaded - repeated },
  ].filter(({ count }) => count > 0);
  for (const { reason, count } of reasons)
    await writer.run('insert into ignored values ($batch, $stream, $reason, $count)', {
      batch: batch.batch_id,
      stream,
      reason,
      count: BigInt(count),
    });
  await writer.run(
    'insert into load_count values ($batch, $source, $stream, $physical, $loaded, $rejected, $ignored)',
    {
      batch: batch.batch_id,
      source: batch.source,
      stream,
      physical: BigInt(physical),
      loaded: BigInt(loaded),
      rejected: BigInt(rejected + parserRejected),
      ignored: BigInt(sum(reasons.map(({ count }) => count))),
    },
  );
}

interface Fates {
  readonly loaded: number;
  readonly rejected: number;
  readonly repeated: number;
}

async function fatesOf(
  writer: DuckDBConnection,
  batch: Manifest,
  staged: readonly Staged[],
): Promise<Fates> {
  if (staged.length === 0) return { loaded: 0, rejected: 0, repeated: 0 };
  const rows = staged
    .map(
      ({ table }, index) =>
        `select ${index} as staging, _row, _row_count, _code from temp.${table} where _batch_id = ${quoteLiteral(batch.batch_id)}`,
    )
    .join('\nunion all\n');
  const result = await writer.runAndReadAll(`
    with physical as (
      select _row, max(_row_count) as rows,
        bool_or(_code is not null and _code <> 'repeated_key') as rejected,
        bool_or(_code is null) as loaded
      from (${rows}) group by _row
    )
    select
      coalesce(sum(rows) filter (not rejected and loaded), 0)::double,
      coalesce(sum(rows) filter (rejected), 0)::double,
      coalesce(sum(rows) filter (not rejected and not loaded), 0)::double
    from physical`);
  const [loaded = 0, rejected = 0, repeated = 0] = (result.getRows()[0] ?? []).map(Number);
  return { loaded, rejected, repeated };
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
 * Why a batch cannot be published, or null when it can: a control total that differs, a stream
 * whose rows are not all there.
 */
export async function reasonToHold(
  writer: DuckDBConnection,
  dataFolder: string,
  batch: Manifest,
): Promise<string | null> {
  for (const { name, expected, actual } of batch.control_totals) {
    const result = await writer.runAndReadAll(
      'select coalesce(try_cast($expected as decimal(38, 9)) = try_cast($actual as decimal(38, 9)), $expected = $actual)',
      { expected, actual },
    );
    if (result.getRows()[0]?.[0] !== true)
      return `control total "${name}" should be ${expected} but the rows give ${actual}`;
  }
  for (const [stream, { rows }] of Object.entries(batch.streams)) {
    const path = streamPath(dataFolder, batch, stream);
    if (!existsSync(path)) return `${path} is missing`;
    const result = await writer.runAndReadAll(
      `select count(*) from read_parquet(${quoteLiteral(path)})`,
    );
    const found = Number(result.getRows()[0]?.[0]);
    const ignored = sum(
      batch.ignored.filter((one) => one.stream === stream).map(({ count }) => count),
    );
    const physical = batch.physical_records[stream] ?? 0;
    if (found !== rows || physical !== rows + (batch.rejected[stream] ?? 0) + ignored)
      return (
        `stream ${stream}: ${physical} physical records should equal ${found} landed rows ` +
        `+ ${batch.rejected[stream] ?? 0} rejected + ${ignored} ignored`
      );
  }
  return null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
