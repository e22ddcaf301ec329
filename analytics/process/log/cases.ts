import type { EventLog } from './event-log.ts';

/** First start and last completion of every case, in milliseconds since 1970 UTC. */
export interface CaseSpans {
  readonly start_ms: Float64Array;
  readonly end_ms: Float64Array;
}

/** When each case began and ended. */
export function caseSpans(log: EventLog): CaseSpans {
  const start_ms = new Float64Array(log.case_count);
  const end_ms = new Float64Array(log.case_count);
  for (let index = 0; index < log.case_count; index += 1) {
    const from = log.case_offsets[index] ?? 0;
    const to = log.case_offsets[index + 1] ?? 0;
    let end = -Infinity;
    for (let event = from; event < to; event += 1) end = Math.max(end, log.time_ms[event] ?? 0);
    start_ms[index] = log.start_ms[from] ?? 0;
    end_ms[index] = end;
  }
  return { start_ms, end_ms };
}

/** Distribution of case durations; all but `n` in seconds, null when no case is looked at. */
export interface CaseDurations {
  readonly n: number;
  readonly mean: number | null;
  readonly median: number | null;
  readonly p25: number | null;
  readonly p75: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly max: number | null;
  readonly stdev: number | null;
}

/**
 * How long cases take from their first start to their last completion.
 *
 * Definition  Quantiles interpolate linearly between the two nearest (type 7); deviation of a sample.
 * Units       seconds of calendar time
 */
export function caseDurations(log: EventLog, cases: Uint8Array | null = null): CaseDurations {
  const { start_ms, end_ms } = caseSpans(log);
  const all = new Float64Array(log.case_count);
  let n = 0;
  for (let index = 0; index < log.case_count; index += 1) {
    if (cases !== null && cases[index] === 0) continue;
    all[n] = ((end_ms[index] ?? 0) - (start_ms[index] ?? 0)) / 1000;
    n += 1;
  }
  const sorted = all.subarray(0, n).sort();
  if (n === 0) {
    const none = { mean: null, median: null, p25: null, p75: null, p90: null, p95: null };
    return { n, ...none, max: null, stdev: null };
  }
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    n,
    mean,
    median: interpolated(sorted, 0.5),
    p25: interpolated(sorted, 0.25),
    p75: interpolated(sorted, 0.75),
    p90: interpolated(sorted, 0.9),
    p95: interpolated(sorted, 0.95),
    max: sorted[n - 1] ?? null,
    stdev: n > 1 ? Math.sqrt(squares / (n - 1)) : null,
  };
}

function interpolated(sorted: Float64Array, share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * Mean time between the starts of consecutive cases, in seconds; null for fewer than two.
 */
export function meanArrivalSeconds(log: EventLog): number | null {
  const { start_ms } = caseSpans(log);
  if (start_ms.length < 2) return null;
  let first = Infinity;
  let last = -Infinity;
  for (const start of start_ms) {
    first = Math.min(first, start);
    last = Math.max(last, start);
  }
  return (last - first) / 1000 / (start_ms.length - 1);
}

/**
 * For every case, how many cases were open at some time while it was, itself included.
 *
 * Definition  Cases whose span touches: begun by its end, less those ended before its start. Two
 *             sorted arrays and binary search, O(n log n).
 */
export function caseOverlap(log: EventLog): Int32Array {
  const { start_ms, end_ms } = caseSpans(log);
  const starts = start_ms.slice().sort();
  const ends = end_ms.slice().sort();
  const overlap = new Int32Array(log.case_count);
  for (let index = 0; index < log.case_count; index += 1)
    overlap[index] =
      countUpTo(starts, end_ms[index] ?? 0, true) - countUpTo(ends, start_ms[index] ?? 0, false);
  return overlap;
}

/** How many sorted values lie below a limit, or at it too. */
function countUpTo(sorted: Float64Array, limit: number, inclusive: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const half = (low + high) >> 1;
    const value = sorted[half] ?? 0;
    if (value < limit || (inclusive && value === limit)) low = half + 1;
    else high = half;
  }
  return low;
}
