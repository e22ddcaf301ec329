import { findingsFor } from '#analytics/findings.ts';
import type { Finding } from '#analytics/detectors/detector.ts';
import { layoutProcessMap, type ProcessLayout } from '#analytics/process/layout.ts';
import { topVariants } from '#analytics/process/log/activities.ts';
import { caseDurations, type CaseDurations } from '#analytics/process/log/cases.ts';
import { withFewerEdges } from '#analytics/process/map.ts';
import type { WeekHour } from '#analytics/process/hours.ts';
import { selectedHours } from '#analytics/process/selected-hours.ts';
import { selectedMap, type SelectedMap } from '#analytics/process/selected-map.ts';
import type { Variants } from '#analytics/process/variants.ts';
import { application } from '../application.ts';
import type { PageScope } from '../scope.ts';
import { selectedCases, variantKey, type ApprovalsFilter } from './approvals-filter.ts';
import type { HeldLog } from './approvals-log.ts';
import { companyScope, inCompanies } from './company-scope.ts';

/** A process of the log, with how many of its traces the person may see. */
export interface ProcessChoice {
  readonly process: string;
  readonly traces: number;
  /** Day on which the latest of them began. */
  readonly last_begun_on: string;
}

/** What the cases that the reader looks at show. */
export interface Approvals {
  readonly selected: SelectedMap;
  /** The map with the less frequent ways left out. */
  readonly map: SelectedMap;
  readonly layout: ProcessLayout;
  readonly hours: readonly WeekHour[];
  readonly variants: Variants;
  readonly durations: CaseDurations;
  /** Cases of the selection that have not ended; null where the log does not say. */
  readonly open: number | null;
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

const shownVariants = 8;
const shownFindings = 6;
const keptAtMost = 32;
const kept = new WeakMap<HeldLog, Map<string, Promise<Approvals>>>();
const layouts = new Map<string, Promise<ProcessLayout>>();
const layoutsAtMost = 64;

/** Findings that say a wait costs money. */
export function readDelays(scope: PageScope): Promise<readonly Finding[]> {
  const { warehouse, asOf } = application();
  return findingsFor(warehouse, {
    company_keys: scope.company_keys,
    kind: 'delay',
    asOf: asOf(),
    limit: shownFindings,
  });
}

/** Everything about the selected cases of a log; kept with the log, for the same question comes often. */
export function readApprovals(
  held: HeldLog,
  scope: Pick<PageScope, 'from' | 'to'>,
  filter: ApprovalsFilter,
): Promise<Approvals> {
  const key = JSON.stringify([
    { ...filter, measure: null },
    scope.from,
    scope.to,
    held.waits !== null,
  ]);
  const answers = kept.get(held) ?? new Map<string, Promise<Approvals>>();
  kept.set(held, answers);
  const found = answers.get(key);
  if (found !== undefined) return found;
  const read = analyse(held, scope, filter);
  answers.set(key, read);
  read.catch(() => answers.delete(key));
  forgetOldest(answers, keptAtMost);
  return read;
}

async function analyse(
  held: HeldLog,
  scope: Pick<PageScope, 'from' | 'to'>,
  filter: ApprovalsFilter,
): Promise<Approvals> {
  const { log, waits, calendars, finished } = held;
  const cases = selectedCases(held, scope, filter);
  const isWorking = filter.clock === 'working' && waits !== null;
  const selected = selectedMap(log, {
    cases,
    activity_share: filter.activity_percent / 100,
    waits_ms: isWorking ? waits.working_ms : held.calendar_ms,
    parts_ms: waits?.parts_ms ?? null,
  });
  const map =
    filter.path_percent < 100 ? withFewerEdges(selected, filter.path_percent / 100) : selected;
  const ended =
    finished === null ? cases : cases.map((isKept, index) => isKept & (finished[index] ?? 0));
  const count = (mask: Uint8Array): number => mask.reduce((sum, isKept) => sum + isKept, 0);
  return {
    selected,
    map,
    layout: await layoutOf(map),
    hours: selectedHours(log, {
      cases,
      zones: Object.fromEntries(
        Object.entries(calendars.entities ?? {}).map(([key, rule]) => [
          key,
          rule.time_zone ?? calendars.standard.time_zone,
        ]),
      ),
      standard_zone: calendars.standard.time_zone,
    }),
    variants: variantsOf(held, cases),
    durations: caseDurations(log, ended),
    open: finished === null ? null : count(cases) - count(ended),
  };
}

function variantsOf({ log }: HeldLog, cases: Uint8Array): Variants {
  const { variant_count, variants } = topVariants(log, { limit: shownVariants, cases });
  const trace_count = cases.reduce((sum, isKept) => sum + isKept, 0);
  return {
    variant_count,
    trace_count,
    variants: variants.map(({ variant, cases: traces, activities }) => {
      const own = cases.map((isKept, index) =>
        Number(isKept === 1 && log.variant_of_case[index] === variant),
      );
      const { median, p90 } = caseDurations(log, own);
      return {
        variant_key: variantKey(activities),
        activities,
        traces,
        share: traces / trace_count,
        median_duration_seconds: median,
        p90_duration_seconds: p90,
        rework_steps: activities.length - new Set(activities).size,
      };
    }),
  };
}

/** The layout of a map's boxes and arrows: filters that leave the same ones leave the picture as it was. */
function layoutOf(map: SelectedMap): Promise<ProcessLayout> {
  const drawn = {
    activities: map.activities,
    edges: map.edges,
    start: map.activities.map(({ name, start }) => ({ name, count: start })),
    end: map.activities.map(({ name, end }) => ({ name, count: end })),
  };
  const key = JSON.stringify([
    map.activities.map(({ name }) => name).sort(),
    map.edges.map(({ from, to }) => [from, to].join('\u001f')).sort(),
  ]);
  const found = layouts.get(key);
  if (found !== undefined) return found;
  const placed = layoutProcessMap(drawn, {
    activity_width: 124,
    activity_height: 48,
    label_width: 84,
    label_height: 50,
  });
  layouts.set(key, placed);
  placed.catch(() => layouts.delete(key));
  forgetOldest(layouts, layoutsAtMost);
  return placed;
}

function forgetOldest(answers: Map<string, unknown>, atMost: number): void {
  const [oldest] = answers.keys();
  if (answers.size > atMost && oldest !== undefined) answers.delete(oldest);
}
