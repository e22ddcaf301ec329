import type { EventLog } from './event-log.ts';

/** Time from one activity to a later one in the same case, over all such pairs; in seconds. */
export interface TemporalPair {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly mean: number;
  readonly std: number;
}

/** More different activities than this have no profile: it grows with their square. */
export const profileActivityLimit = 2048;

/**
 * Temporal profile: mean and deviation of the time between every two activities, in order.
 *
 * Definition  All events i before j of a case with completion of i at or before the start of j; time
 *             = start of j - completion of i; deviation of a sample, 0 for one. Per case the earlier
 *             events of an activity are kept as count, mean and sum of squares and merged, so a case
 *             of n events of k activities costs n times k, not n squared.
 * Shape       pairs by name; null for more than 2,048 activities
 * Units       seconds
 * Source      Stertz, Mangler, Rinderle-Ma, "Temporal Conformance Checking at Runtime" (2020);
 *             agrees with PM4Py 2.7
 */
export function temporalProfile(log: EventLog): readonly TemporalPair[] | null {
  const size = log.activities.length;
  if (size > profileActivityLimit) return null;
  const pairs = new Moments(size * size);
  const earlier = new Moments(size);
  for (let index = 0; index < log.case_count; index += 1) addCase(log, index, pairs, earlier);
  const profile: TemporalPair[] = [];
  for (let code = 0; code < size * size; code += 1) {
    const n = pairs.n[code] ?? 0;
    if (n === 0) continue;
    profile.push({
      from: log.activities[Math.floor(code / size)] ?? '',
      to: log.activities[code % size] ?? '',
      count: n,
      mean: (pairs.mean[code] ?? 0) / 1000,
      std: n > 1 ? Math.sqrt((pairs.squares[code] ?? 0) / (n - 1)) / 1000 : 0,
    });
  }
  return profile.sort((a, b) => byName(a.from, b.from) || byName(a.to, b.to));
}

function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Count, mean and sum of squared distances of several sets of numbers, mergeable without cancellation. */
class Moments {
  readonly n: Float64Array;
  readonly mean: Float64Array;
  readonly squares: Float64Array;

  constructor(size: number) {
    this.n = new Float64Array(size);
    this.mean = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  /** Merges a set of `n` numbers (Chan, Golub, LeVeque 1979). */
  merge(at: number, n: number, mean: number, squares: number): void {
    const before = this.n[at] ?? 0;
    const total = before + n;
    const distance = mean - (this.mean[at] ?? 0);
    this.n[at] = total;
    this.mean[at] = (this.mean[at] ?? 0) + (distance * n) / total;
    this.squares[at] =
      (this.squares[at] ?? 0) + squares + (distance * distance * before * n) / total;
  }

  clear(at: number): void {
    this.n[at] = 0;
    this.mean[at] = 0;
    this.squares[at] = 0;
  }
}

function addCase(log: EventLog, index: number, pairs: Moments, earlier: Moments): void {
  const from = log.case_offsets[index] ?? 0;
  const to = log.case_offsets[index + 1] ?? 0;
  const byCompletion = Int32Array.from({ length: to - from }, (_, at) => from + at);
  if (log.has_start)
    byCompletion.sort((a, b) => (log.time_ms[a] ?? 0) - (log.time_ms[b] ?? 0) || a - b);
  const present: number[] = [];
  let completed = 0;
  for (let event = from; event < to; event += 1) {
    const start = log.start_ms[event] ?? 0;
    for (; completed < byCompletion.length; completed += 1) {
      const before = byCompletion[completed] ?? 0;
      if (before >= event || (log.time_ms[before] ?? 0) > start) break;
      const activity = log.activity[before] ?? 0;
      if (earlier.n[activity] === 0) present.push(activity);
      earlier.merge(activity, 1, log.time_ms[before] ?? 0, 0);
    }
    const reached = log.activity[event] ?? 0;
    for (const activity of present)
      pairs.merge(
        activity * log.activities.length + reached,
        earlier.n[activity] ?? 0,
        start - (earlier.mean[activity] ?? 0),
        earlier.squares[activity] ?? 0,
      );
  }
  for (const activity of present) earlier.clear(activity);
}
