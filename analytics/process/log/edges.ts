import type { EdgeTable } from './event-log.ts';
import type { SortedEvents } from './encode.ts';

const dayMs = 86_400_000;

/**
 * The edge rows of a log, grouped by the pair of activities and ascending by wait.
 *
 * Definition  wait = start of an event - completion of the event before it in the case, at least 0.
 *             Where one of the two is known only to the day: whole days between them, unknown
 *             within one day. Sorted by wait once, the median of any selection of cases is a walk
 *             to the middle instead of a sort.
 * Units       milliseconds
 */
export function edgeTable(events: SortedEvents, case_index: Int32Array): EdgeTable {
  const rows = events.event_count - events.case_count;
  const event = new Int32Array(rows);
  const unsorted_ms = new Float64Array(rows);
  let at = 0;
  for (let index = 0; index < events.case_count; index += 1) {
    const to = events.case_offsets[index + 1] ?? 0;
    for (let next = (events.case_offsets[index] ?? 0) + 1; next < to; next += 1) {
      event[at] = next;
      unsorted_ms[at] = waitMs(events, next);
      at += 1;
    }
  }
  const byWait = sortedByWait(unsorted_ms, event);
  return groupedByPair(events, case_index, byWait);
}

/** Wait of an event that is not the first of its case; NaN when unknown. */
export function waitMs(
  events: Pick<SortedEvents, 'time_ms' | 'start_ms' | 'day_only'>,
  event: number,
  before = event - 1,
): number {
  const from = events.time_ms[before] ?? 0;
  const to = events.start_ms[event] ?? 0;
  if (
    events.day_only === null ||
    ((events.day_only[before] ?? 0) | (events.day_only[event] ?? 0)) === 0
  )
    return to > from ? to - from : 0;
  const days = Math.floor(to / dayMs) - Math.floor(from / dayMs);
  return days === 0 ? Number.NaN : days * dayMs;
}

interface Rows {
  readonly wait_ms: Float64Array;
  readonly event: Int32Array;
}

/**
 * Radix sort on the bits of the wait, least significant 16 first: non-negative doubles sort like
 * their bits, NaN last. A digit that is the same everywhere costs only its count.
 */
function sortedByWait(wait_ms: Float64Array, event: Int32Array): Rows {
  const length = wait_ms.length;
  let from: Rows = { wait_ms, event };
  let to: Rows = { wait_ms: new Float64Array(length), event: new Int32Array(length) };
  for (let digit = 0; digit < 4; digit += 1) {
    const digits = new Uint16Array(from.wait_ms.buffer);
    const next = new Int32Array(65_537);
    for (let row = digit; row < digits.length; row += 4) {
      const bucket = (digits[row] ?? 0) + 1;
      next[bucket] = (next[bucket] ?? 0) + 1;
    }
    if (next.includes(length, 1)) continue;
    for (let bucket = 1; bucket < next.length; bucket += 1)
      next[bucket] = (next[bucket] ?? 0) + (next[bucket - 1] ?? 0);
    for (let row = 0; row < length; row += 1) {
      const bucket = digits[row * 4 + digit] ?? 0;
      const position = next[bucket] ?? 0;
      next[bucket] = position + 1;
      to.wait_ms[position] = from.wait_ms[row] ?? 0;
      to.event[position] = from.event[row] ?? 0;
    }
    [from, to] = [to, from];
  }
  return from;
}

function groupedByPair(events: SortedEvents, case_index: Int32Array, sorted: Rows): EdgeTable {
  const { activity } = events;
  const pairs = pairNumbers(activity, events.activities.length, sorted.event);
  const rows = sorted.event.length;
  const offsets = new Int32Array(pairs.from.length + 1);
  for (const pair of pairs.of_row) offsets[pair + 1] = (offsets[pair + 1] ?? 0) + 1;
  for (let pair = 0; pair < pairs.from.length; pair += 1)
    offsets[pair + 1] = (offsets[pair + 1] ?? 0) + (offsets[pair] ?? 0);
  const next = offsets.slice();
  const known_until = offsets.slice(0, -1);
  const wait_ms = new Float64Array(rows);
  const case_of_row = new Int32Array(rows);
  const event = new Int32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const pair = pairs.of_row[row] ?? 0;
    const position = next[pair] ?? 0;
    const target = sorted.event[row] ?? 0;
    const wait = sorted.wait_ms[row] ?? 0;
    next[pair] = position + 1;
    wait_ms[position] = wait;
    event[position] = target;
    case_of_row[position] = case_index[target] ?? 0;
    if (wait >= 0) known_until[pair] = position + 1;
  }
  return {
    count: pairs.from.length,
    from: Uint16Array.from(pairs.from),
    to: Uint16Array.from(pairs.to),
    offsets,
    known_until,
    wait_ms,
    case_index: case_of_row,
    event,
  };
}

interface Pairs {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly of_row: Int32Array;
}

/** Largest square table of pairs kept as an array (64 MB); beyond, a map. */
const denseActivities = 4096;

function pairNumbers(activity: Uint16Array, activities: number, event: Int32Array): Pairs {
  const from: number[] = [];
  const to: number[] = [];
  const of_row = new Int32Array(event.length);
  const dense = activities <= denseActivities ? new Int32Array(activities * activities) : null;
  const sparse = new Map<number, number>();
  for (let row = 0; row < event.length; row += 1) {
    const target = event[row] ?? 0;
    const source = activity[target - 1] ?? 0;
    const reached = activity[target] ?? 0;
    const code = source * activities + reached;
    let number = dense === null ? (sparse.get(code) ?? 0) : (dense[code] ?? 0);
    if (number === 0) {
      from.push(source);
      to.push(reached);
      number = from.length;
      if (dense === null) sparse.set(code, number);
      else dense[code] = number;
    }
    of_row[row] = number - 1;
  }
  return { from, to, of_row };
}
