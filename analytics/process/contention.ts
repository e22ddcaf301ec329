import { workingMs, type WorkingCalendar } from './calendar.ts';
import type { EventLog } from './log/event-log.ts';

/** Busy time of an event's resource while it waited, by what the resource was busy with. */
export interface Contention {
  /** Work that was ready no later than this event. */
  readonly queue_ms: number;
  /** Work that became ready later and was done first. */
  readonly overtaken_ms: number;
  /** Part of the two outside the resource's working hours. */
  readonly busy_outside_ms: number;
}

/** A wait to be explained: of `event`, ready at `ready_ms`, not yet explained from `from_ms` to `to_ms`. */
export interface OpenWait {
  readonly event: number;
  readonly ready_ms: number;
  readonly from_ms: number;
  readonly to_ms: number;
}

interface Item {
  readonly event: number;
  readonly begin: number;
  readonly end: number;
  readonly ready: number;
}

/**
 * What one resource was busy with while each of its waits lasted, in O(n log n).
 *
 * Definition  Busy intervals are start to completion; where only completions are known, work is
 *             taken to begin when the resource's previous work ended, at most `service_limit_ms`
 *             before its own completion. Overlapping work counts once, for what was completed first.
 *             A busy interval belongs to the queue when its work was ready no later, else to
 *             prioritisation. What reaches beyond the wait's end does not count.
 * Shape       `waits` of one resource in any order; the answer in the same order
 * Units       milliseconds
 */
export function contentionOf(given: {
  readonly log: EventLog;
  /** All events of the resource. */
  readonly events: readonly number[];
  readonly waits: readonly OpenWait[];
  readonly calendar: WorkingCalendar;
  readonly service_limit_ms: number;
}): readonly Contention[] {
  const items = busyItems(given.log, given.events, given.service_limit_ms);
  const outside = items.map(
    ({ begin, end }) => end - begin - Math.round(workingMs(given.calendar, begin, end)),
  );
  const position = new Map(items.map(({ event }, index) => [event, index]));
  const busyBefore = prefixSums(items.map(({ begin, end }) => end - begin));
  const outsideBefore = prefixSums(outside);
  const byReady = items
    .map((_, index) => index)
    .sort((a, b) => readyOf(items, a) - readyOf(items, b));
  const tree = new Float64Array(items.length + 1);
  const answers: Contention[] = given.waits.map(() => nothing);
  const order = given.waits.map((_, index) => index);
  order.sort((a, b) => (given.waits[a]?.ready_ms ?? 0) - (given.waits[b]?.ready_ms ?? 0));
  let entered = 0;
  for (const index of order) {
    const wait = given.waits[index];
    if (wait === undefined) continue;
    while (entered < byReady.length && readyOf(items, byReady[entered] ?? 0) <= wait.ready_ms) {
      const item = byReady[entered] ?? 0;
      add(tree, item, (items[item]?.end ?? 0) - (items[item]?.begin ?? 0));
      entered++;
    }
    const low = firstEndingAfter(items, wait.from_ms);
    const high = Math.min(position.get(wait.event) ?? 0, firstEndingAfter(items, wait.to_ms));
    const first = items[low];
    if (low >= high || first === undefined) continue;
    const cut = Math.max(0, wait.from_ms - first.begin);
    const cutOutside =
      cut === 0 ? 0 : cut - Math.round(workingMs(given.calendar, first.begin, wait.from_ms));
    const busy = (busyBefore[high] ?? 0) - (busyBefore[low] ?? 0) - cut;
    const queue =
      sumUpTo(tree, high) - sumUpTo(tree, low) - (first.ready <= wait.ready_ms ? cut : 0);
    answers[index] = {
      queue_ms: queue,
      overtaken_ms: busy - queue,
      busy_outside_ms: (outsideBefore[high] ?? 0) - (outsideBefore[low] ?? 0) - cutOutside,
    };
  }
  return answers;
}

const nothing: Contention = { queue_ms: 0, overtaken_ms: 0, busy_outside_ms: 0 };

/** The disjoint busy intervals of a resource, in order of completion. */
export function busyItems(
  log: EventLog,
  events: readonly number[],
  service_limit_ms: number,
): readonly Item[] {
  const end = (event: number) => Math.round(log.time_ms[event] ?? 0);
  const order = [...events].sort((a, b) => end(a) - end(b) || a - b);
  let previous = -Infinity;
  return order.map((event) => {
    const known = log.has_start
      ? Math.round(log.start_ms[event] ?? 0)
      : end(event) - service_limit_ms;
    const begin = Math.min(end(event), Math.max(known, previous));
    previous = end(event);
    const isFirst = log.case_offsets[log.case_index[event] ?? 0] === event;
    return {
      event,
      begin,
      end: end(event),
      ready: isFirst ? begin : Math.round(log.time_ms[event - 1] ?? 0),
    };
  });
}

function readyOf(items: readonly Item[], index: number): number {
  return items[index]?.ready ?? 0;
}

function firstEndingAfter(items: readonly Item[], at: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.end ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function prefixSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (const [index, value] of values.entries()) sums[index + 1] = (sums[index] ?? 0) + value;
  return sums;
}

/** Fenwick tree: sums over a range of items of which only some have entered. */
function add(tree: Float64Array, index: number, value: number): void {
  for (let at = index + 1; at < tree.length; at += at & -at) tree[at] = (tree[at] ?? 0) + value;
}

function sumUpTo(tree: Float64Array, index: number): number {
  let sum = 0;
  for (let at = index; at > 0; at -= at & -at) sum += tree[at] ?? 0;
  return sum;
}
