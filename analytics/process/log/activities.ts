import type { EventLog } from './event-log.ts';

/** Per activity of the log: in how many events and cases it occurs, and how. */
export interface ActivityCounts {
  readonly events: Int32Array;
  readonly cases: Int32Array;
  /** Cases in which the activity occurs at least twice. */
  readonly rework_cases: Int32Array;
  /** Cases that begin and end with it. */
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** Counts of every activity over the kept cases, in one pass over the events. */
export function activityCounts(log: EventLog, cases: Uint8Array | null = null): ActivityCounts {
  const size = log.activities.length;
  const counts = {
    events: new Int32Array(size),
    cases: new Int32Array(size),
    rework_cases: new Int32Array(size),
    start: new Int32Array(size),
    end: new Int32Array(size),
  };
  const latestCase = new Int32Array(size).fill(-1);
  const reworkedCase = new Int32Array(size).fill(-1);
  for (let index = 0; index < log.case_count; index += 1) {
    if (cases !== null && cases[index] === 0) continue;
    const from = log.case_offsets[index] ?? 0;
    const to = log.case_offsets[index + 1] ?? 0;
    for (let event = from; event < to; event += 1) {
      const activity = log.activity[event] ?? 0;
      add(counts.events, activity);
      if (latestCase[activity] !== index) {
        latestCase[activity] = index;
        add(counts.cases, activity);
      } else if (reworkedCase[activity] !== index) {
        reworkedCase[activity] = index;
        add(counts.rework_cases, activity);
      }
    }
    add(counts.start, log.activity[from] ?? 0);
    add(counts.end, log.activity[to - 1] ?? 0);
  }
  return counts;
}

function add(counts: Int32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

/** Cases of one variant. */
export interface LogVariant {
  readonly variant: number;
  readonly cases: number;
  readonly activities: readonly string[];
}

/** The most frequent variants of the kept cases; equally frequent ones by their activities. */
export function topVariants(
  log: EventLog,
  options: { limit: number; cases?: Uint8Array | null },
): { variant_count: number; variants: readonly LogVariant[] } {
  let counts = log.variant_cases;
  if (options.cases != null) {
    counts = new Int32Array(log.variant_count);
    for (let index = 0; index < log.case_count; index += 1)
      if (options.cases[index] === 1) add(counts, log.variant_of_case[index] ?? 0);
  }
  const seen = [...counts.keys()].filter((variant) => (counts[variant] ?? 0) > 0);
  const byCount = seen.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  const least = counts[byCount[options.limit - 1] ?? -1] ?? 0;
  const variants = byCount
    .filter((variant) => (counts[variant] ?? 0) >= least)
    .map((variant) => ({
      variant,
      cases: counts[variant] ?? 0,
      activities: activitiesOf(log, log.variant_example[variant] ?? 0),
    }))
    .sort((a, b) => b.cases - a.cases || byText(a.activities, b.activities))
    .slice(0, options.limit);
  return { variant_count: byCount.length, variants };
}

function activitiesOf(log: EventLog, index: number): readonly string[] {
  const events = log.activity.subarray(log.case_offsets[index], log.case_offsets[index + 1]);
  return Array.from(events, (activity) => log.activities[activity] ?? '');
}

function byText(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const one = a[at] ?? '';
    const other = b[at] ?? '';
    if (one !== other) return one < other ? -1 : 1;
  }
  return a.length - b.length;
}
