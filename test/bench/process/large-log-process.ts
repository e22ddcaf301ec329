/**
 * A hundred million events in a process of its own, so that its peak memory is its own:
 * `node large-log-process.ts LOG COPIES` prints one line of JSON.
 */
import { edgeTable } from '#analytics/process/log/edges.ts';
import { encodeLog, type SortedEvents } from '#analytics/process/log/encode.ts';
import { directlyFollows } from '#analytics/process/log/directly-follows.ts';
import type { EventLog } from '#analytics/process/log/event-log.ts';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';
import { medianMs, scatteredHalf } from './replicated-log.ts';

/** What the bench prints of it. */
export interface LargeLogFigures {
  readonly events: number;
  readonly build_ms: number;
  readonly whole_ms: number;
  readonly read_ms: number;
  readonly filtered_ms: number;
  readonly filtered_read_ms: number;
  readonly peak_bytes: number;
}

const [path = '', copies = '1'] = process.argv.slice(2);
const small = encodeLog(await readEventLog(path));
const from = performance.now();
const log = repeatedLog(small, Number(copies));
const build_ms = performance.now() - from;
const cases = scatteredHalf(log.case_count);
const figures: LargeLogFigures = {
  events: log.event_count,
  build_ms,
  whole_ms: medianMs(() => directlyFollows(log, { medians: false }), 5),
  read_ms: medianMs(() => sumOf(log.edges.wait_ms), 5),
  filtered_ms: medianMs(() => directlyFollows(log, { cases, medians: false }), 5),
  filtered_read_ms: medianMs(() => sumOf(log.edges.wait_ms) + sumOf(log.edges.case_index), 5),
  peak_bytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(figures));

/** Copies of a sorted log are sorted: only the edges are worked out anew. */
function repeatedLog(one: EventLog, times: number): EventLog {
  const event_count = one.event_count * times;
  const case_count = one.case_count * times;
  const case_offsets = new Int32Array(case_count + 1);
  const case_index = new Int32Array(event_count);
  const activity = new Uint16Array(event_count);
  const time_ms = new Float64Array(event_count);
  for (let copy = 0; copy < times; copy += 1) {
    const event = copy * one.event_count;
    const firstCase = copy * one.case_count;
    activity.set(one.activity, event);
    time_ms.set(one.time_ms, event);
    for (let index = 0; index <= one.case_count; index += 1)
      case_offsets[firstCase + index] = event + (one.case_offsets[index] ?? 0);
    for (let at = 0; at < one.event_count; at += 1)
      case_index[event + at] = firstCase + (one.case_index[at] ?? 0);
  }
  const events: SortedEvents = {
    ...one,
    event_count,
    case_count,
    case_offsets,
    activity,
    time_ms,
    start_ms: time_ms,
    cases: [],
  };
  return { ...one, ...events, case_index, edges: edgeTable(events, case_index) };
}

function sumOf(values: Float64Array | Int32Array): number {
  return values instanceof Float64Array ? sumOfDoubles(values) : sumOfIntegers(values);
}

function sumOfDoubles(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function sumOfIntegers(values: Int32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
