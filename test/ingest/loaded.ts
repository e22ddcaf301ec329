import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openWarehouse, type Warehouse } from '#analytics/warehouse.ts';
import { landFiles, type LandReport, type LandRequest } from '#ingest/land.ts';
import type { Manifest } from '#ingest/manifest.ts';

/** A data folder of its own, removed when the test is over. */
export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quittance-ingest-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Lands files of one source as of a fixed day. */
export async function land(
  folder: string,
  source: LandRequest['source'],
  paths: readonly string[],
): Promise<LandReport[]> {
  return landFiles({ dataFolder: folder, source, paths, extractedAt: '2026-03-31T00:00:00.000Z' });
}

/** The manifest of a delivery that was not refused. */
export function manifestOf(report: LandReport | undefined): Manifest {
  if (report === undefined) throw new Error('expected a report');
  if (report.outcome === 'refused') throw new Error(`refused: ${report.why}`);
  return report.manifest;
}

/** Why a delivery was refused. */
export function refusal(report: LandReport | undefined): string {
  if (report?.outcome !== 'refused')
    throw new Error(`expected a refusal, got ${report?.outcome ?? 'nothing'}`);
  return report.why;
}

/** The records of a data folder, without marts and findings. */
export async function refreshed(folder: string): Promise<Warehouse> {
  const warehouse = await openWarehouse({
    dataFolder: folder,
    accountSecret: 'test',
    groupCurrency: 'EUR',
    models: [],
    checks: [],
    detectors: [],
  });
  onTestFinished(() => warehouse.close());
  await warehouse.refresh();
  return warehouse;
}
