/**
 * The process map of BPI Challenge 2019 (3-way match), of 1.6 and of 100 million events made of
 * it, beside DuckDB's window query and, when QUITTANCE_BENCH_PYTHON names a Python that has them,
 * PM4Py and Polars. Needs ../shared/data/process.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { directlyFollows } from '#analytics/process/log/directly-follows.ts';
import { encodeLog } from '#analytics/process/log/encode.ts';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';
import type { BenchRow } from './bench.ts';
import type { LargeLogFigures } from './process/large-log-process.ts';
import { medianMs, replicatedLog, scatteredHalf } from './process/replicated-log.ts';

const data = fileURLToPath(new URL('../../../shared/data/process/', import.meta.url));
const xes = `${data}bpic2019/BPI_Challenge_2019-3-w-after.xes.gz`;
const parquet = `${data}parquet/BPI_Challenge_2019-3-w-after.parquet`;
/** 5 x 319,233 = 1,596,165 events, the size of the whole BPI Challenge 2019. */
const copies = 5;
const hundredMillionCopies = 313;

interface PeerFigures {
  readonly polars_map_ms?: number;
  readonly pm4py_read_ms?: number;
  readonly pm4py_map_ms?: number;
}

export async function run(): Promise<BenchRow[]> {
  if (!existsSync(xes)) return [{ what: `${data} is absent`, measured: 'left out' }];
  const peers = peerFigures();
  await readEventLog(xes);
  const start = performance.now();
  const columns = await readEventLog(xes);
  const read_ms = performance.now() - start;
  const many = replicatedLog(columns, copies);
  const encode_ms = medianMs(() => encodeLog(many), 3);
  const log = encodeLog(many);
  const cases = scatteredHalf(log.case_count);
  const activities = Uint8Array.from(log.activities, (_, at) => Number(at % 4 !== 3));
  const measured = (request: Parameters<typeof directlyFollows>[1]) =>
    medianMs(() => directlyFollows(log, request));
  const whole_ms = measured({});
  const duckdb_ms = await duckdbMs();
  const rows: BenchRow[] = [
    against('XES read, 319,233 events; within 1/10 of PM4Py', read_ms, peers.pm4py_read_ms, 0.1),
    within('1.6M events: encode and sort, once', encode_ms, 2000),
    within(
      '1.6M, half of the cases: counts, mean, min, max',
      measured({ cases, medians: false }),
      15,
    ),
    within('1.6M, half of the cases: and exact medians', measured({ cases }), 80),
    within(
      '1.6M, half of the cases, 3 of 4 activities: counts, mean, min, max',
      measured({ cases, activities, medians: false }),
      30,
    ),
    within(
      '1.6M, half of the cases, 3 of 4 activities: and exact medians',
      measured({ cases, activities }),
      80,
    ),
    against('1.6M, whole map with medians; beside DuckDB window query', whole_ms, duckdb_ms, 1),
    against('1.6M, whole map with medians; beside Polars', whole_ms, peers.polars_map_ms, 1),
    against('1.6M, whole map with medians; beside PM4Py', whole_ms, peers.pm4py_map_ms, 1),
  ];
  return [...rows, ...largeRows()];
}

function largeRows(): BenchRow[] {
  const script = fileURLToPath(new URL('./process/large-log-process.ts', import.meta.url));
  const text = execFileSync(
    process.execPath,
    ['--max-old-space-size=4096', script, parquet, String(hundredMillionCopies)],
    { encoding: 'utf8' },
  );
  const large = JSON.parse(text) as LargeLogFigures;
  return [
    within('100M events: counts, mean, min, max, stdev', large.whole_ms, 1500),
    against(
      '100M events: beside a sequential read of the same bytes',
      large.whole_ms,
      large.read_ms,
      3,
    ),
    within('100M events, half of the cases', large.filtered_ms, 1500),
    against(
      '100M events, half of the cases: beside a sequential read',
      large.filtered_ms,
      large.filtered_read_ms,
      3,
    ),
    { what: '100M events: sort edges, once', measured: shown(large.build_ms) },
    { what: '100M events: peak memory', measured: `${(large.peak_bytes / 2 ** 30).toFixed(1)} GB` },
  ];
}

async function duckdbMs(): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run(`create table event as
    select "case:concept:name" || ' ' || copy as trace, "concept:name" as activity,
      "time:timestamp" as occurred_at, copy * 10000000 + file_row_number as source_row
    from read_parquet('${parquet}', file_row_number = true), range(${copies}) as copies(copy)`);
  const from = performance.now();
  await connection.runAndReadAll(`select before, activity, count(*), avg(wait), median(wait),
      min(wait), max(wait), stddev_samp(wait)
    from (
      select activity, lag(activity) over following as before,
        epoch_us(occurred_at - lag(occurred_at) over following) / 1e6 as wait
      from event window following as (partition by trace order by occurred_at, source_row)
    ) where before is not null group by before, activity`);
  const elapsed = performance.now() - from;
  connection.closeSync();
  instance.closeSync();
  return elapsed;
}

function peerFigures(): PeerFigures {
  const python = process.env['QUITTANCE_BENCH_PYTHON'];
  if (python === undefined) return {};
  const script = fileURLToPath(new URL('./process/peers.py', import.meta.url));
  const text = execFileSync(python, [script, xes, parquet, String(copies)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as PeerFigures;
}

function within(what: string, ms: number, goalMs: number): BenchRow {
  return {
    what: `${what} (of ${shown(goalMs)})`,
    measured: shown(ms),
    ratio: ms / goalMs,
    goal: 1,
  };
}

function against(what: string, ms: number, otherMs: number | undefined, goal: number): BenchRow {
  if (otherMs === undefined) return { what: `${what}: not installed`, measured: shown(ms) };
  return { what: `${what} (${shown(otherMs)})`, measured: shown(ms), ratio: ms / otherMs, goal };
}

function shown(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
