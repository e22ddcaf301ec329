import { emptyResult, setAggregates, wholeEdge, type DirectlyFollows } from './edge-aggregates.ts';
import { waitMs } from './edges.ts';
import type { EventLog } from './event-log.ts';
import { medianOf } from './median.ts';

interface Walk {
  readonly cases: Uint8Array | null;
  readonly activities: Uint8Array;
  readonly medians: boolean;
}

/**
 * The directly-follows graph of some activities only: events of the others are taken out first.
 *
 * Definition  One walk over the events, since its edges are not those of the whole log; with medians
 *             a second one that puts the waits of each pair side by side.
 * Units       milliseconds of calendar time
 */
export function followsOfActivities(log: EventLog, walk: Walk): DirectlyFollows {
  const pairs = pairsOf(log, walk.activities);
  const sums = walkSums(log, walk, pairs);
  const result = emptyResult(Uint16Array.from(pairs.from), Uint16Array.from(pairs.to));
  result.count.set(sums.count.subarray(0, pairs.from.length));
  if (walk.medians) {
    setExact(log, walk, { pairs, sums, result });
    return result;
  }
  for (let pair = 0; pair < pairs.from.length; pair += 1) {
    const n = sums.known[pair] ?? 0;
    if (n === 0) continue;
    setAggregates(result, pair, {
      n,
      pivot: sums.pivot[pair] ?? 0,
      sum: sums.sum[pair] ?? 0,
      squares: sums.squares[pair] ?? 0,
      min: sums.min[pair] ?? 0,
      max: sums.max[pair] ?? 0,
    });
  }
  return result;
}

/** Pairs numbered as they are met; `number[code]` is 1 more than the position, 0 = not met. */
interface Pairs {
  readonly from: number[];
  readonly to: number[];
  /** Position of an activity among the kept ones, -1 = taken out. */
  readonly position: Int32Array;
  readonly kept: number;
  readonly number: Int32Array | Map<number, number>;
}

/** Largest square of kept activities held as a table (64 MB); beyond, a map. */
const denseActivities = 4096;

function pairsOf(log: EventLog, activities: Uint8Array): Pairs {
  let kept = 0;
  const position = Int32Array.from(log.activities, (_, activity) =>
    activities[activity] === 1 ? kept++ : -1,
  );
  const number = kept <= denseActivities ? new Int32Array(kept * kept) : new Map<number, number>();
  return { from: [], to: [], position, kept, number };
}

class WalkSums {
  count = new Int32Array(64);
  known = new Int32Array(64);
  pivot = new Float64Array(64);
  sum = new Float64Array(64);
  squares = new Float64Array(64);
  min = new Float64Array(64);
  max = new Float64Array(64);

  grow(): void {
    this.count = larger(this.count, (length) => new Int32Array(length));
    this.known = larger(this.known, (length) => new Int32Array(length));
    for (const name of ['pivot', 'sum', 'squares', 'min', 'max'] as const)
      this[name] = larger(this[name], (length) => new Float64Array(length));
  }
}

function larger<T extends Int32Array | Float64Array>(values: T, make: (length: number) => T): T {
  const grown = make(values.length * 2);
  grown.set(values);
  return grown;
}

function walkSums(log: EventLog, { cases }: Walk, pairs: Pairs): WalkSums {
  const sums = new WalkSums();
  const { activity, case_offsets } = log;
  const { position, kept } = pairs;
  const dense = pairs.number instanceof Int32Array ? pairs.number : null;
  for (let index = 0; index < log.case_count; index += 1) {
    if (cases !== null && cases[index] === 0) continue;
    const end = case_offsets[index + 1] ?? 0;
    let before = -1;
    let source = -1;
    for (let event = case_offsets[index] ?? 0; event < end; event += 1) {
      const reached = position[activity[event] ?? 0] ?? -1;
      if (reached < 0) continue;
      if (before >= 0) {
        const code = source * kept + reached;
        const number =
          (dense === null ? 0 : (dense[code] ?? 0)) ||
          numberOf(pairs, code, { log, before, event });
        const pair = number - 1;
        if (pair >= sums.count.length) sums.grow();
        addWait(sums, pair, waitMs(log, event, before));
      }
      before = event;
      source = reached;
    }
  }
  return sums;
}

/** Number of a pair that the table does not have yet. */
function numberOf(
  pairs: Pairs,
  code: number,
  at: { log: EventLog; before: number; event: number },
): number {
  const known = pairs.number instanceof Map ? pairs.number.get(code) : undefined;
  if (known !== undefined) return known;
  const number = pairs.from.push(at.log.activity[at.before] ?? 0);
  pairs.to.push(at.log.activity[at.event] ?? 0);
  if (pairs.number instanceof Map) pairs.number.set(code, number);
  else pairs.number[code] = number;
  return number;
}

function addWait(sums: WalkSums, pair: number, wait: number): void {
  sums.count[pair] = (sums.count[pair] ?? 0) + 1;
  if (wait !== wait) return;
  const n = sums.known[pair] ?? 0;
  sums.known[pair] = n + 1;
  if (n === 0) {
    sums.pivot[pair] = wait;
    sums.min[pair] = wait;
    sums.max[pair] = wait;
    return;
  }
  const distance = wait - (sums.pivot[pair] ?? 0);
  sums.sum[pair] = (sums.sum[pair] ?? 0) + distance;
  sums.squares[pair] = (sums.squares[pair] ?? 0) + distance * distance;
  if (wait < (sums.min[pair] ?? 0)) sums.min[pair] = wait;
  if (wait > (sums.max[pair] ?? 0)) sums.max[pair] = wait;
}

/** The second walk: waits of each pair side by side, then their middle. */
function setExact(
  log: EventLog,
  { cases }: Walk,
  found: { pairs: Pairs; sums: WalkSums; result: DirectlyFollows },
): void {
  const { pairs, sums, result } = found;
  const size = pairs.from.length;
  const starts = new Int32Array(size + 1);
  for (let pair = 0; pair < size; pair += 1)
    starts[pair + 1] = (starts[pair] ?? 0) + (sums.known[pair] ?? 0);
  const wait_ms = new Float64Array(starts[size] ?? 0);
  const next = starts.slice();
  const { position, kept } = pairs;
  for (let index = 0; index < log.case_count; index += 1) {
    if (cases !== null && cases[index] === 0) continue;
    const end = log.case_offsets[index + 1] ?? 0;
    let before = -1;
    let source = -1;
    for (let event = log.case_offsets[index] ?? 0; event < end; event += 1) {
      const reached = position[log.activity[event] ?? 0] ?? -1;
      if (reached < 0) continue;
      if (before >= 0) {
        const code = source * kept + reached;
        const number =
          (pairs.number instanceof Map ? pairs.number.get(code) : pairs.number[code]) ?? 0;
        const wait = waitMs(log, event, before);
        if (wait === wait) {
          const at = next[number - 1] ?? 0;
          wait_ms[at] = wait;
          next[number - 1] = at + 1;
        }
      }
      before = event;
      source = reached;
    }
  }
  for (let pair = 0; pair < size; pair += 1) {
    const start = starts[pair] ?? 0;
    const known = starts[pair + 1] ?? 0;
    result.median_ms[pair] = medianOf(wait_ms, start, known);
    wholeEdge(result, pair, { wait_ms, start, known, end: start + (sums.count[pair] ?? 0) });
    if (known === start) continue;
    result.min_ms[pair] = sums.min[pair] ?? 0;
    result.max_ms[pair] = sums.max[pair] ?? 0;
    if (result.min_ms[pair] === result.max_ms[pair] && known - start > 1) result.stdev_ms[pair] = 0;
  }
}
