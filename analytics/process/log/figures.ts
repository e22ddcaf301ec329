import type { LeftOut } from '#ingest/event-logs/event-columns.ts';
import { activityCounts, topVariants } from './activities.ts';
import { caseDurations, caseOverlap, meanArrivalSeconds } from './cases.ts';
import { directlyFollows } from './directly-follows.ts';
import type { EventLog } from './event-log.ts';
import { handovers } from './handover.ts';
import { implausibleStamps, type ImplausibleStamps } from './implausible-stamps.ts';
import { temporalProfile } from './temporal-profile.ts';

/** One pair of activities; all but `count` in seconds, null where unknown. */
export interface FigureEdge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly mean: number | null;
  readonly median: number | null;
  readonly max: number | null;
  readonly min: number | null;
  readonly sum: number | null;
  readonly stdev: number | null;
}

/** All figures of a log, in the field names of process-mining references. Durations in seconds. */
export interface ProcessFigures {
  readonly events: number;
  readonly cases: number;
  readonly activities: number;
  readonly dfg: readonly FigureEdge[];
  readonly variants: number;
  readonly top_variants: readonly { readonly n: number; readonly acts: readonly string[] }[];
  readonly case_duration_s: {
    readonly mean: number | null;
    readonly median_interp: number | null;
    readonly p25: number | null;
    readonly p75: number | null;
    readonly p90: number | null;
    readonly p95: number | null;
    readonly max: number | null;
    readonly std: number | null;
  };
  readonly rework: Readonly<Record<string, number>>;
  readonly start: Readonly<Record<string, number>>;
  readonly end: Readonly<Record<string, number>>;
  readonly temporal_profile?: readonly {
    readonly from: string;
    readonly to: string;
    readonly mean: number;
    readonly std: number;
  }[];
  readonly case_arrival_avg: number | null;
  readonly case_overlap_mean: number | null;
  readonly handover_role?: readonly (readonly [string, string, number])[];
  readonly implausible_stamps: Omit<ImplausibleStamps, 'plausible_cases'>;
  readonly left_out: readonly LeftOut[];
}

const variantsShown = 10;

/**
 * All figures of a log. Implausible stamps are counted beside and stay in every figure.
 *
 * Shape   `temporal_profile` is left out past 2,048 activities, `handover_role` without roles
 * Units   seconds; shares of handovers add up to 1
 */
export function processFigures(log: EventLog): ProcessFigures {
  const counts = activityCounts(log);
  const { variant_count, variants } = topVariants(log, { limit: variantsShown });
  const durations = caseDurations(log);
  const profile = temporalProfile(log);
  const handover = handovers(log, 'role');
  const overlap = caseOverlap(log);
  const implausible = implausibleStamps(log);
  return {
    events: log.event_count,
    cases: log.case_count,
    activities: counts.events.reduce((sum, events) => sum + Number(events > 0), 0),
    dfg: figureEdges(log),
    variants: variant_count,
    top_variants: variants.map(({ cases, activities }) => ({ n: cases, acts: activities })),
    case_duration_s: {
      mean: durations.mean,
      median_interp: durations.median,
      p25: durations.p25,
      p75: durations.p75,
      p90: durations.p90,
      p95: durations.p95,
      max: durations.max,
      std: durations.stdev,
    },
    rework: namedCounts(log, counts.rework_cases),
    start: namedCounts(log, counts.start),
    end: namedCounts(log, counts.end),
    ...(profile === null
      ? {}
      : { temporal_profile: profile.map(({ from, to, mean, std }) => ({ from, to, mean, std })) }),
    case_arrival_avg: meanArrivalSeconds(log),
    case_overlap_mean:
      overlap.length === 0 ? null : overlap.reduce((sum, cases) => sum + cases, 0) / overlap.length,
    ...(handover === null || handover.length === 0
      ? {}
      : { handover_role: handover.map(({ from, to, share }) => [from, to, share] as const) }),
    implausible_stamps: {
      events: implausible.events,
      cases: implausible.cases,
      plausible_from: implausible.plausible_from,
      plausible_to: implausible.plausible_to,
      earliest: implausible.earliest,
      latest: implausible.latest,
    },
    left_out: log.left_out,
  };
}

function figureEdges(log: EventLog): FigureEdge[] {
  const dfg = directlyFollows(log);
  const seconds = (values: Float64Array, edge: number): number | null => {
    const value = values[edge] ?? Number.NaN;
    return Number.isNaN(value) ? null : value / 1000;
  };
  return Array.from(dfg.count, (count, edge) => ({
    from: log.activities[dfg.from[edge] ?? 0] ?? '',
    to: log.activities[dfg.to[edge] ?? 0] ?? '',
    count,
    mean: seconds(dfg.mean_ms, edge),
    median: seconds(dfg.median_ms, edge),
    max: seconds(dfg.max_ms, edge),
    min: seconds(dfg.min_ms, edge),
    sum: seconds(dfg.sum_ms, edge),
    stdev: seconds(dfg.stdev_ms, edge),
  })).sort((a, b) => byName(a.from, b.from) || byName(a.to, b.to));
}

/** Own keys only, whatever an activity is called. */
function namedCounts(log: EventLog, counts: Int32Array): Record<string, number> {
  const entries = Array.from(counts, (count, activity) => ({
    name: log.activities[activity] ?? '',
    count,
  }));
  return Object.fromEntries(
    entries
      .filter(({ count }) => count > 0)
      .sort((a, b) => byName(a.name, b.name))
      .map(({ name, count }) => [name, count]),
  );
}

function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
