import { findingsFor } from '#analytics/findings.ts';
import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import type { KpiValue } from '#analytics/kpis/kpi.ts';
import { kpiValue } from '#analytics/kpis/query.ts';
import { stepHours, type WeekHour } from '#analytics/process/hours.ts';
import { layoutProcessMap, type ProcessLayout } from '#analytics/process/layout.ts';
import { processMap, withFewerEdges, type ProcessMap } from '#analytics/process/map.ts';
import { approvalQueue, type QueueLine } from '#analytics/process/queue.ts';
import { runWaiting, type RunWaiting } from '#analytics/process/runs.ts';
import type { ProcessScope } from '#analytics/process/scope.ts';
import { stepTable, type Step } from '#analytics/process/steps.ts';
import { processVariants, type Variants } from '#analytics/process/variants.ts';
import type { Finding } from '#analytics/detectors/detector.ts';
import { application } from '../application.ts';
import type { PageScope } from '../scope.ts';
import { companyScope, inCompanies } from './company-scope.ts';

/** A process of the log, with how many of its traces the person may see. */
export interface ProcessChoice {
  readonly process: string;
  readonly traces: number;
  /** Day on which the latest of them began. */
  readonly last_begun_on: string;
}

export interface Approvals {
  readonly throughput: KpiValue;
  readonly map: ProcessMap;
  readonly layout: ProcessLayout;
  readonly steps: readonly Step[];
  readonly hours: readonly WeekHour[];
  readonly runs: RunWaiting;
  readonly variants: Variants;
  readonly queue: readonly QueueLine[];
  readonly findings: readonly Finding[];
}

/** Processes within the person's entities, the greatest first. */
export async function readProcesses(scope: PageScope): Promise<ProcessChoice[]> {
  const rows = await application().warehouse.rows(
    `select process, count(*)::bigint as traces, max(started_at)::date as last_begun_on
     from approval_trace where ${inCompanies()} group by process order by traces desc, process`,
    companyScope(scope),
  );
  return rows.map((row) => ({
    process: String(row['process']),
    traces: Number(row['traces']),
    last_begun_on: String(row['last_begun_on']),
  }));
}

/** How much of the log the map shows: the main ways, or everything. */
export const mapDetails = ['main', 'all'] as const;
export type MapDetail = (typeof mapDetails)[number];
const mainActivityShare = 0.98;
const mainEdgeShare = 0.92;
const shownVariants = 8;
const shownFindings = 6;

const kept = new Map<string, Promise<Approvals>>();
const keptAtMost = 32;

/**
 * Everything about one process in the period: where it waits, when it is done, which ways it takes.
 * Kept until the warehouse changes: the layout of the map and the passes over the log take longest.
 */
export function readApprovals(
  scope: PageScope,
  process: string,
  detail: MapDetail,
): Promise<Approvals> {
  const { warehouse, dataFolder } = application();
  const { company_keys, from, to } = scope;
  const key = JSON.stringify([
    dataFolder,
    warehouse.generation,
    { process, detail, company_keys, from, to },
  ]);
  const found = kept.get(key);
  if (found) return found;
  const read = analyse(scope, process, detail);
  kept.set(key, read);
  read.catch(() => kept.delete(key));
  const [oldest] = kept.keys();
  if (kept.size > keptAtMost && oldest !== undefined) kept.delete(oldest);
  return read;
}

async function analyse(scope: PageScope, process: string, detail: MapDetail): Promise<Approvals> {
  const { warehouse, asOf } = application();
  const within: ProcessScope = {
    process,
    company_keys: scope.company_keys,
    from: scope.from,
    to: scope.to,
  };
  const [throughput, drawn, steps, hours, runs, variants, queue, findings] = await Promise.all([
    kpiValue(warehouse, kpiNamed('throughput_time'), scope, { process }),
    drawMap(within, detail),
    stepTable(warehouse, within),
    stepHours(warehouse, within),
    runWaiting(warehouse, within),
    processVariants(warehouse, within, shownVariants),
    approvalQueue(warehouse, { ...within, from: null, to: null }, asOf()),
    findingsFor(warehouse, {
      company_keys: scope.company_keys,
      kind: 'delay',
      asOf: asOf(),
      limit: shownFindings,
    }),
  ]);
  return { throughput, ...drawn, steps, hours, runs, variants, queue, findings };
}

async function drawMap(
  scope: ProcessScope,
  detail: MapDetail,
): Promise<Pick<Approvals, 'map' | 'layout'>> {
  const activityShare = detail === 'main' ? mainActivityShare : 1;
  const whole = await processMap(application().warehouse, { scope, activityShare });
  const map = detail === 'main' ? withFewerEdges(whole, mainEdgeShare) : whole;
  const layout = await layoutProcessMap(map, {
    activity_width: 124,
    activity_height: 48,
    label_width: 64,
    label_height: 34,
  });
  return { map, layout };
}
