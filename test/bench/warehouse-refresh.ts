import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { streamPath } from '#analytics/refresh/stage.ts';
import type { Manifest } from '#ingest/manifest.ts';
import { openPlain } from '../analytics/warehouse/landed.ts';
import { readModels } from '#analytics/models.ts';
import { detectors } from '#analytics/detectors/detectors.ts';
import type { BenchRow } from './bench.ts';
import { landSynthetic } from './synthetic.ts';

/** Invoices of the full refresh; three approval events each. */
const invoices = Number(process.env['BENCH_INVOICES'] ?? 1_000_000);

/**
 * Full refresh against a plain `create table as select` of the same Parquet, an increment (half of
 * it new invoices, half of it news of older ones) against the full refresh, and reads. Models, detectors and checks are those of the product.
 */
export async function run(): Promise<BenchRow[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-bench-'));
  try {
    const first = await landSynthetic({
      dataFolder,
      batchId: 'a'.repeat(32),
      extractedAt: '2026-01-01T00:00:00.000Z',
      from: 0,
      invoices,
      withMasterData: true,
      later: false,
    });
    const plain_seconds = await plainScan(dataFolder, first);
    const warehouse = await openPlain(dataFolder, {
      memoryLimitMb: Number(process.env['BENCH_MEMORY_MB'] ?? 1500),
      models: readModels(),
      detectors: detectors.filter(
        ({ id }) =>
          !(process.env['BENCH_WITHOUT'] ?? '')
            .split(',')
            .some((part) => part !== '' && id.includes(part)),
      ),
    });
    const steps = new Map<string, number>();
    let last = performance.now();
    const onProgress = (step: string) => {
      const now = performance.now();
      steps.set(step, now - last);
      last = now;
    };
    const full_seconds = await seconds(() => warehouse.refresh({ onProgress }));
    if (process.env['BENCH_STEPS'])
      for (const [step, ms] of [...steps].sort((a, b) => b[1] - a[1]).slice(0, 40))
        console.error(Math.round(ms), step);
    steps.clear();
    const peak_mb = process.resourceUsage().maxRSS / 1024;
    await landSynthetic({
      dataFolder,
      batchId: 'b'.repeat(32),
      extractedAt: '2026-01-02T00:00:00.000Z',
      from: invoices - 125,
      invoices: 250,
      withMasterData: false,
      later: true,
      newFrom: invoices,
    });
    last = performance.now();
    let report;
    const increment_seconds = await seconds(async () => {
      report = await warehouse.refresh({ onProgress });
    });
    if (process.env['BENCH_STEPS']) {
      console.error(report);
      for (const [step, ms] of [...steps].sort((a, b) => b[1] - a[1]).slice(0, 40))
        console.error(Math.round(ms), step);
    }
    const columns_seconds = await seconds(() =>
      warehouse.columns(
        `select position, wait_seconds, occurred_at, activity from approval_step limit 1000000`,
      ),
    );
    const arrow_seconds = await seconds(() =>
      warehouse.arrow(
        `select invoice_id, amount_base, received_at, paid_on, currency from invoice_flow limit 200000`,
      ),
    );
    await warehouse.close();
    return [
      {
        what: `plain create table as select of ${invoices} invoices`,
        measured: `${plain_seconds.toFixed(2)} s`,
      },
      {
        what: 'full refresh',
        measured: `${full_seconds.toFixed(2)} s`,
        ratio: full_seconds / plain_seconds,
        goal: 8,
      },
      {
        what: 'peak memory of the process, GB',
        measured: `${(peak_mb / 1024).toFixed(2)} GB`,
        ratio: peak_mb / 1024,
        goal: 3,
      },
      {
        what: 'increment of 1,000 rows, against a twentieth of the full refresh',
        measured: `${increment_seconds.toFixed(2)} s`,
        ratio: (increment_seconds * 20) / full_seconds,
        goal: 1,
      },
      { what: '1M approval steps x 4 columns out', measured: `${columns_seconds.toFixed(2)} s` },
      { what: '200,000 invoices x 5 columns as Arrow', measured: `${arrow_seconds.toFixed(2)} s` },
    ];
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function plainScan(dataFolder: string, batch: Manifest): Promise<number> {
  const path = join(dataFolder, 'plain.duckdb');
  const instance = await DuckDBInstance.create(path, { memory_limit: '1500MB', threads: '2' });
  const connection = await instance.connect();
  const taken = await seconds(async () => {
    for (const stream of Object.keys(batch.streams))
      await connection.run(
        `create table ${stream} as select * from read_parquet('${streamPath(dataFolder, batch, stream)}')`,
      );
    await connection.run('checkpoint');
  });
  connection.closeSync();
  instance.closeSync();
  await rm(path, { force: true });
  return taken;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
