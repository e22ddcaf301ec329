import { followsOfActivities } from './activity-walk.ts';
import {
  emptyResult,
  middle,
  setAggregates,
  wholeEdge,
  type DirectlyFollows,
  type EdgeRows,
} from './edge-aggregates.ts';
import type { EventLog } from './event-log.ts';

/** Which part of a log is looked at; null or left out = all of it. One byte per case or activity, 1 = kept. */
export interface LogSelection {
  readonly cases?: Uint8Array | null;
  /** Events of other activities are taken out first, so an edge may span them. */
  readonly activities?: Uint8Array | null;
}

/** What to work out beyond counts, sums, means and extremes. */
export interface DirectlyFollowsRequest extends LogSelection {
  /** Left out while a control is dragged, exact after release. Default: true. */
  readonly medians?: boolean;
}

/**
 * Which activity follows which, how often and after what wait.
 *
 * Definition  Median interpolated between the two middle waits; deviation of a sample (n - 1).
 *             One pass over the edge rows, which lie ascending by wait: extremes are the first and
 *             last kept row, the median is a walk to the middle. Pairs that a selection empties are
 *             left in with a count of 0, so that positions stay the same while filters move.
 * Units       milliseconds of calendar time
 * Source      agrees with PM4Py's performance DFG on counts and aggregates
 */
export function directlyFollows(
  log: EventLog,
  request: DirectlyFollowsRequest = {},
): DirectlyFollows {
  const medians = request.medians ?? true;
  if (request.activities != null) {
    const { cases = null, activities } = request;
    return followsOfActivities(log, { cases, activities, medians });
  }
  const { edges } = log;
  const kept = request.cases == null ? null : packedBits(request.cases);
  const result = emptyResult(edges.from, edges.to);
  for (let edge = 0; edge < edges.count; edge += 1) {
    const start = edges.offsets[edge] ?? 0;
    const known = edges.known_until[edge] ?? 0;
    const end = edges.offsets[edge + 1] ?? 0;
    if (kept === null) {
      wholeEdge(result, edge, { wait_ms: edges.wait_ms, start, known, end });
      if (medians) result.median_ms[edge] = middle(edges.wait_ms, start, known - start);
    } else {
      const rows = { wait_ms: edges.wait_ms, start, known, end };
      keptEdge(result, edge, rows, { case_index: edges.case_index, kept, medians });
    }
  }
  return result;
}

function keptEdge(
  result: DirectlyFollows,
  edge: number,
  rows: EdgeRows,
  selection: { case_index: Int32Array; kept: Uint32Array; medians: boolean },
): void {
  const { wait_ms, start, known, end } = rows;
  const { case_index, kept } = selection;
  const pivot = wait_ms[(start + known) >> 1] ?? 0;
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (let row = start; row < known; row += 1) {
    const keep = bit(kept, case_index[row] ?? 0);
    const distance = keep * ((wait_ms[row] ?? 0) - pivot);
    n += keep;
    sum += distance;
    squares += distance * distance;
  }
  let count = n;
  for (let row = known; row < end; row += 1) count += bit(kept, case_index[row] ?? 0);
  result.count[edge] = count;
  if (n === 0) return;
  let first = start;
  while (bit(kept, case_index[first] ?? 0) === 0) first += 1;
  let last = known - 1;
  while (bit(kept, case_index[last] ?? 0) === 0) last -= 1;
  const range = { min: wait_ms[first] ?? 0, max: wait_ms[last] ?? 0 };
  setAggregates(result, edge, { n, pivot, sum, squares, ...range });
  if (!selection.medians) return;
  let before = (n - 1) >> 1;
  let row = first;
  for (; ; row += 1) {
    before -= bit(kept, case_index[row] ?? 0);
    if (before < 0) break;
  }
  const lower = wait_ms[row] ?? 0;
  if (n % 2 === 0) {
    row += 1;
    while (bit(kept, case_index[row] ?? 0) === 0) row += 1;
  }
  result.median_ms[edge] = (lower + (wait_ms[row] ?? 0)) / 2;
}

/** One bit per case instead of a byte: the rows ask for cases out of order, and bits stay in the cache. */
function packedBits(cases: Uint8Array): Uint32Array {
  const bits = new Uint32Array((cases.length >> 5) + 1);
  for (let index = 0; index < cases.length; index += 1)
    bits[index >> 5] = (bits[index >> 5] ?? 0) | ((cases[index] ?? 0) << (index & 31));
  return bits;
}

function bit(bits: Uint32Array, index: number): number {
  return ((bits[index >> 5] ?? 0) >>> (index & 31)) & 1;
}
