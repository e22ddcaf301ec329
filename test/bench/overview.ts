import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectors } from '#analytics/detectors/detectors.ts';
import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import type { KpiScope } from '#analytics/kpis/kpi.ts';
import { kpiByDimension, kpiSeries, kpiSeriesOfMany, kpiValues } from '#analytics/kpis/query.ts';
import { previousScope } from '#analytics/kpis/period.ts';
import { paymentRuns } from '#analytics/kpis/runs.ts';
import type { Queryable } from '#analytics/table.ts';
import { openPlain } from '../analytics/warehouse/landed.ts';
import type { BenchRow } from './bench.ts';
import { landSynthetic } from './synthetic.ts';

const invoices = Number(process.env['BENCH_INVOICES'] ?? 1_000_000);
const visits = 40;
const goal_ms = 250;

const tiles = [
  'paid_amount',
  'on_time_rate',
  'invoice_cycle_time',
  'touchless_rate',
  'discount_capture',
  'fee_cost',
  'open_exposure',
  'duplicate_amount',
];

/** Detectors whose findings the tiles count; the others only take time to derive. */
const asked = ['duplicate_invoice_exact', 'duplicate_invoice_similar_number', 'self_approval'];

/** Everything the Overview needs from the warehouse, again and again for other periods and scopes. */
export async function run(): Promise<BenchRow[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-overview-'));
  try {
    await landSynthetic({
      dataFolder,
      batchId: 'a'.repeat(32),
      extractedAt: '2025-12-20T12:00:00.000Z',
      from: 0,
      invoices,
      withMasterData: true,
      later: false,
    });
    const warehouse = await openPlain(dataFolder, {
      memoryLimitMb: 1500,
      detectors: detectors.filter(({ id }) => asked.includes(id)),
    });
    await warehouse.refresh();
    const companies = await warehouse.rows(
      'select company_key::VARCHAR as company_key from company',
    );
    const taken: number[] = [];
    for (let visit = 0; visit < visits; visit++) {
      const began = performance.now();
      await overview(
        warehouse,
        scopeOf(
          visit,
          companies.map((row) => String(row['company_key'])),
        ),
      );
      taken.push(performance.now() - began);
    }
    await warehouse.close();
    return rowsOf(taken);
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function overview(warehouse: Queryable, scope: KpiScope): Promise<void> {
  const fees = kpiNamed('fee_cost');
  const touchless = kpiNamed('touchless_rate');
  await Promise.all([
    kpiValues(warehouse, tiles, scope),
    kpiValues(warehouse, tiles, previousScope(scope)),
    kpiSeriesOfMany(warehouse, tiles, { ...scope, from: '2025-01-01' }, 'month'),
    kpiSeries(warehouse, kpiNamed('invoice_cycle_time'), { ...scope, from: '2025-06-23' }, 'week'),
    kpiByDimension(warehouse, fees, scope, 'channel'),
    kpiByDimension(warehouse, fees, previousScope(scope), 'channel'),
    kpiByDimension(warehouse, touchless, scope, 'category'),
    kpiByDimension(warehouse, touchless, previousScope(scope), 'category'),
    paymentRuns(warehouse, scope),
  ]);
}

function scopeOf(visit: number, companies: readonly string[]): KpiScope {
  const day = String(1 + (visit % 20)).padStart(2, '0');
  return {
    company_keys: visit % 2 === 0 ? null : companies.slice(0, 1 + (visit % 3)),
    from: visit % 4 === 0 ? '2025-09-01' : `2025-11-${day}`,
    to: `2025-12-${day}`,
    asOf: '2025-12-20T12:00:00.000Z',
  };
}

function rowsOf(taken: readonly number[]): BenchRow[] {
  const sorted = [...taken].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  const first = taken[0] ?? 0;
  return [
    { what: `Overview at ${invoices} invoices, first visit`, measured: `${first.toFixed(0)} ms` },
    { what: 'Overview, median of 40 visits', measured: `${at(0.5).toFixed(0)} ms` },
    {
      what: 'Overview, p95 of 40 visits',
      measured: `${at(0.95).toFixed(0)} ms`,
      ratio: at(0.95) / goal_ms,
      goal: 1,
    },
  ];
}
