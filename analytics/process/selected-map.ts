import { activityControl, type ActivityControl } from './control.ts';
import type { EventLog } from './log/event-log.ts';
import type { LogWaits } from './log-waits.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import { stepGroups, type StepGroups } from './step-groups.ts';
import { WaitsBy, type WaitSummary } from './waits-by.ts';

/** An edge of the map of a selection. */
export interface SelectedEdge extends WaitSummary {
  readonly from: string;
  readonly to: string;
  readonly control: ActivityControl;
  /** Place by total wait among those that lead to own work; null for external and planned ones. */
  readonly rank: number | null;
}

/** An activity of a selection, with how many of its cases begin and end with it. */
export interface SelectedActivity {
  readonly name: string;
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

/** One line of the step table: the decisions of a role, or all events of another activity. */
export interface SelectedStep extends WaitSummary {
  readonly step: string;
  readonly kind: 'role' | 'activity';
  /** Null for what is not a check. */
  readonly rejected: number | null;
  readonly rejected_rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Of all waiting before own work; null for external and planned activities. */
  readonly share_of_wait: number | null;
  readonly control: ActivityControl;
  /** Median time from start to completion, in seconds; null where the log tells no starts. */
  readonly median_work_seconds: number | null;
}

/** What a selection of cases looks like: its map and its steps. */
export interface SelectedMap {
  readonly traces: number;
  readonly events: number;
  readonly activities: readonly SelectedActivity[];
  readonly edges: readonly SelectedEdge[];
  readonly steps: readonly SelectedStep[];
  /** Every activity of the log by its events in the selection, also those hidden on the map. */
  readonly all_activities: readonly { readonly name: string; readonly count: number }[];
}

export interface MapSelection {
  /** One byte per case, 1 = kept. */
  readonly cases: Uint8Array;
  /** Show the most frequent activities that together make this share of all events; 1 = all. */
  readonly activity_share: number;
  /** The wait before each event, on the clock that is shown. */
  readonly waits_ms: Float64Array;
  /** Null before the causes are known. */
  readonly parts_ms: LogWaits['parts_ms'] | null;
}

/**
 * Map and steps of some cases of a log, in one walk over their events.
 *
 * Definition  A wait that spans activities not shown is the sum of the waits before them and its
 *             own, so that the causes add up; work on what is not shown is no waiting. A step is the
 *             decisions of a role, else an activity. External and planned activities have no rank and
 *             no share.
 * Shape       edges by count, steps by total wait (those without a rank last), ties by name
 * Units       seconds of the clock given; causes in calendar time
 */
export function selectedMap(log: EventLog, selection: MapSelection): SelectedMap {
  const counts = countsOf(log, selection.cases);
  const shown = shownActivities(log, counts, selection.activity_share);
  const size = log.activities.length;
  const pairs = new Map<number, number>();
  const pairCodes: number[] = [];
  const edges = new WaitsBy();
  const groups = stepGroups(log);
  const steps = new WaitsBy();
  const work = new WaitsBy();
  const rejected: number[] = [];
  const start = new Int32Array(size);
  const end = new Int32Array(size);
  let traces = 0;
  for (let index = 0; index < log.case_count; index += 1) {
    if (selection.cases[index] !== 1) continue;
    traces += 1;
    let before = -1;
    let skipped = -1;
    const first = log.case_offsets[index] ?? 0;
    const after = log.case_offsets[index + 1] ?? 0;
    for (let event = first; event < after; event += 1) {
      const activity = log.activity[event] ?? 0;
      const group = groups.of(event);
      const wait = event === first ? Number.NaN : (selection.waits_ms[event] ?? Number.NaN);
      steps.add(group, wait);
      if (log.has_start) work.add(group, (log.time_ms[event] ?? 0) - (log.start_ms[event] ?? 0));
      if (selection.parts_ms !== null) steps.addParts(group, selection.parts_ms, event);
      if (groups.is_rejection[activity] === 1) rejected[group] = (rejected[group] ?? 0) + 1;
      if (shown[activity] !== 1) {
        if (skipped < 0) skipped = event;
        continue;
      }
      if (before < 0) start[activity] = (start[activity] ?? 0) + 1;
      else {
        const code = before * size + activity;
        let pair = pairs.get(code);
        if (pair === undefined) {
          pair = pairCodes.length;
          pairs.set(code, pair);
          pairCodes.push(code);
        }
        const from = skipped < 0 ? event : skipped;
        let sum = wait;
        for (let hidden = from; hidden < event; hidden += 1)
          sum += selection.waits_ms[hidden] ?? Number.NaN;
        edges.add(pair, sum);
        if (selection.parts_ms !== null)
          for (let hidden = from; hidden <= event; hidden += 1)
            edges.addParts(pair, selection.parts_ms, hidden);
      }
      before = activity;
      skipped = -1;
    }
    if (before >= 0) end[before] = (end[before] ?? 0) + 1;
  }
  const all_activities = [...counts.keys()]
    .filter((code) => (counts[code] ?? 0) > 0)
    .map((code) => ({ code, name: log.activities[code] ?? '', count: counts[code] ?? 0 }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const activities = all_activities
    .filter(({ code }) => shown[code] === 1)
    .map(({ code, ...rest }) => ({ ...rest, start: start[code] ?? 0, end: end[code] ?? 0 }));
  return {
    traces,
    events: activities.reduce((sum, { count }) => sum + count, 0),
    activities,
    edges: rankedEdges(log, pairCodes, edges.summaries()),
    steps: stepsOf(groups, { waits: steps.summaries(), work: work.summaries(), rejected }),
    all_activities: all_activities.map(({ name, count }) => ({ name, count })),
  };
}

function countsOf(log: EventLog, cases: Uint8Array): Int32Array {
  const counts = new Int32Array(log.activities.length);
  for (let event = 0; event < log.event_count; event += 1) {
    if (cases[log.case_index[event] ?? 0] !== 1) continue;
    const activity = log.activity[event] ?? 0;
    counts[activity] = (counts[activity] ?? 0) + 1;
  }
  return counts;
}

function shownActivities(log: EventLog, counts: Int32Array, share: number): Uint8Array {
  const shown = new Uint8Array(log.activities.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  let covered = 0;
  const byCount = [...counts.keys()].sort(
    (a, b) =>
      (counts[b] ?? 0) - (counts[a] ?? 0) ||
      ((log.activities[a] ?? '') < (log.activities[b] ?? '') ? -1 : 1),
  );
  for (const code of byCount) {
    const count = counts[code] ?? 0;
    if (count === 0 || (share < 1 && covered >= total * share)) break;
    shown[code] = 1;
    covered += count;
  }
  return shown;
}

function stepsOf(
  groups: StepGroups,
  found: {
    readonly waits: readonly WaitSummary[];
    readonly work: readonly WaitSummary[];
    readonly rejected: readonly number[];
  },
): readonly SelectedStep[] {
  const controls = groups.names.map(({ step, kind }) =>
    kind === 'role' ? 'own' : activityControl(step),
  );
  const own = found.waits.reduce(
    (sum, wait, group) => sum + (controls[group] === 'own' ? (wait.sum ?? 0) : 0),
    0,
  );
  return groups.names
    .map(({ step, kind }, group): SelectedStep => {
      const wait = found.waits[group] as WaitSummary;
      const control = controls[group] ?? 'own';
      const rejected = kind === 'role' ? (found.rejected[group] ?? 0) : null;
      const interval = rejected === null ? null : wilsonInterval(rejected, wait.count);
      return {
        ...wait,
        step,
        kind,
        rejected,
        rejected_rate: rejected === null ? null : rejected / wait.count,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        share_of_wait: control === 'own' && own > 0 ? (wait.sum ?? 0) / own : null,
        control,
        median_work_seconds: found.work[group]?.median ?? null,
      };
    })
    .sort(
      (a, b) =>
        Number(b.control === 'own') - Number(a.control === 'own') ||
        (b.sum ?? 0) - (a.sum ?? 0) ||
        (a.step < b.step ? -1 : 1),
    );
}

function rankedEdges(
  log: EventLog,
  codes: readonly number[],
  waits: readonly WaitSummary[],
): readonly SelectedEdge[] {
  const size = log.activities.length;
  const edges = waits.map((wait, pair) => {
    const code = codes[pair] ?? 0;
    const to = log.activities[code % size] ?? '';
    const from = log.activities[Math.floor(code / size)] ?? '';
    return { ...wait, from, to, control: activityControl(to) };
  });
  const ranked = edges
    .filter(({ control }) => control === 'own')
    .sort((a, b) => (b.sum ?? 0) - (a.sum ?? 0) || byName(a, b));
  const ranks = new Map(ranked.map((edge, index) => [edge, index + 1]));
  return edges
    .map((edge) => ({ edge, rank: ranks.get(edge) ?? null }))
    .map(({ edge, rank }) => ({ ...edge, rank }))
    .sort((a, b) => b.count - a.count || byName(a, b));
}

function byName(a: { from: string; to: string }, b: { from: string; to: string }): number {
  return `${a.from}\n${a.to}` < `${b.from}\n${b.to}` ? -1 : 1;
}
