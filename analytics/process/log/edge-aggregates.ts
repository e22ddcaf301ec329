/**
 * The directly-follows graph of a selection: entry e tells of the pair `from[e]` -> `to[e]`.
 *
 * Units  milliseconds; NaN where no wait is known, and for the deviation of a single one
 */
export interface DirectlyFollows {
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  /** Pairs seen, and those among them whose wait is known. */
  readonly count: Int32Array;
  readonly known: Int32Array;
  readonly sum_ms: Float64Array;
  readonly mean_ms: Float64Array;
  readonly min_ms: Float64Array;
  readonly max_ms: Float64Array;
  readonly median_ms: Float64Array;
  readonly stdev_ms: Float64Array;
}

/** Rows of one edge, ascending by wait; those from `known` on have an unknown wait. */
export interface EdgeRows {
  readonly wait_ms: Float64Array;
  readonly start: number;
  readonly known: number;
  readonly end: number;
}

/** A result in which nothing is counted yet. */
export function emptyResult(from: Uint16Array, to: Uint16Array): DirectlyFollows {
  const numbers = () => new Float64Array(from.length).fill(Number.NaN);
  return {
    from,
    to,
    count: new Int32Array(from.length),
    known: new Int32Array(from.length),
    sum_ms: numbers(),
    mean_ms: numbers(),
    min_ms: numbers(),
    max_ms: numbers(),
    median_ms: numbers(),
    stdev_ms: numbers(),
  };
}

/**
 * Aggregates of all rows of one edge.
 *
 * Definition  Sums are taken of the distance to a middle row: no cancellation in the deviation.
 */
export function wholeEdge(result: DirectlyFollows, edge: number, rows: EdgeRows): void {
  const { wait_ms, start, known, end } = rows;
  const pivot = wait_ms[(start + known) >> 1] ?? 0;
  let sum = 0;
  let squares = 0;
  for (let row = start; row < known; row += 1) {
    const distance = (wait_ms[row] ?? 0) - pivot;
    sum += distance;
    squares += distance * distance;
  }
  const n = known - start;
  result.count[edge] = end - start;
  if (n === 0) return;
  const range = { min: wait_ms[start] ?? 0, max: wait_ms[known - 1] ?? 0 };
  setAggregates(result, edge, { n, pivot, sum, squares, ...range });
}

/** Count, sums of distances to a pivot, and extremes of known waits. */
export interface Sums {
  readonly n: number;
  readonly pivot: number;
  readonly sum: number;
  readonly squares: number;
  readonly min: number;
  readonly max: number;
}

/** Writes the aggregates of one pair: mean, sum, extremes and the deviation of a sample. */
export function setAggregates(result: DirectlyFollows, edge: number, sums: Sums): void {
  const { n, pivot, sum, squares, min, max } = sums;
  result.known[edge] = n;
  result.sum_ms[edge] = sum + n * pivot;
  result.mean_ms[edge] = pivot + sum / n;
  result.min_ms[edge] = min;
  result.max_ms[edge] = max;
  if (n > 1)
    result.stdev_ms[edge] =
      min === max ? 0 : Math.sqrt(Math.max(0, squares - (sum * sum) / n) / (n - 1));
}

/** Median of `n` sorted numbers from `start` on; NaN of none. */
export function middle(sorted: Float64Array, start: number, n: number): number {
  if (n === 0) return Number.NaN;
  return ((sorted[start + ((n - 1) >> 1)] ?? 0) + (sorted[start + (n >> 1)] ?? 0)) / 2;
}
