import { batchTimetables, sweepBatches, type BatchRun, type BatchTimetable } from './batches.ts';
import { workingMs, type CalendarBook } from './calendar.ts';
import { calendarsOf, type LogCalendars } from './log-calendars.ts';
import { contentionOf, type OpenWait } from './contention.ts';
import { activityControl, type ActivityControl } from './control.ts';
import { decisionKind } from './decision-name.ts';
import { waitMs } from './log/edges.ts';
import type { EventLog } from './log/event-log.ts';
import { personColumn, type PersonColumn } from './resources.ts';
import { dayNumber, localMs } from './zone.ts';

/** Why an event waited, in the order in which the causes take their part. */
export const waitCauses = [
  'rework',
  'batch',
  'queue',
  'prioritisation',
  'outside_hours',
  'rest',
] as const;

export type WaitCause = (typeof waitCauses)[number];

/** What the split takes for granted; shown beside it. */
export interface CauseSettings {
  readonly calendars: CalendarBook;
  /** Longest time one piece of work is taken to last where a log tells completions only. */
  readonly service_limit_ms?: number;
  /** Work of one person on one activity this close together is one batch. */
  readonly batch_gap_ms?: number;
  readonly control?: Readonly<Record<string, ActivityControl>>;
  /** Case attribute that names the entity of `calendars.entities`. */
  readonly entity_attribute?: string;
}

/** Each event's wait, split. Whole milliseconds; the parts of an event add up to its wait exactly. */
export interface WaitSplit {
  readonly wait_ms: Float64Array;
  readonly parts: Readonly<Record<WaitCause, Float64Array>>;
  readonly timetables: readonly BatchTimetable[];
  readonly persons: PersonColumn;
  readonly calendars: LogCalendars;
  readonly control: readonly ActivityControl[];
  readonly service_limit_ms: number;
}

const serviceLimitMs = 30 * 60_000;
const batchGapMs = 15 * 60_000;
const fewestInBatch = 3;

/**
 * Why each event of a log waited since the event before it.
 *
 * Definition  Parts are taken in this order, each from what is left.
 *             rework: all of the wait before an activity the case already had, or after a rejection.
 *             batch: for an activity done on a timetable, until the first run on a later local day
 *             (all of it when it was done in that run or earlier); for a person who does 3 or more
 *             items together, working time until the last item gathered before the batch began.
 *             queue: the person worked on what was ready no later. prioritisation: the person worked
 *             on what became ready later. outside_hours: the person's calendar was closed. rest:
 *             nobody worked on anything known, and the work itself where no starts are logged.
 *             Queue, prioritisation and personal batches need named persons; else they are in rest.
 *             A wait known only in whole days is all rest.
 * Shape       one entry per event of the log; the first event of a case waits 0
 * Units       whole milliseconds of calendar time
 */
export function splitWaits(log: EventLog, settings: CauseSettings): WaitSplit {
  const persons = personColumn(log);
  const calendars = calendarsOf(log, settings.calendars, settings.entity_attribute);
  const timetables = batchTimetables(log, settings.calendars.standard.time_zone);
  const service_limit_ms = settings.service_limit_ms ?? serviceLimitMs;
  const split: WaitSplit = {
    wait_ms: new Float64Array(log.event_count),
    parts: {
      rework: new Float64Array(log.event_count),
      batch: new Float64Array(log.event_count),
      queue: new Float64Array(log.event_count),
      prioritisation: new Float64Array(log.event_count),
      outside_hours: new Float64Array(log.event_count),
      rest: new Float64Array(log.event_count),
    },
    timetables,
    persons,
    calendars,
    control: log.activities.map((name) => activityControl(name, settings.control)),
    service_limit_ms,
  };
  const left = withoutReworkAndRuns(log, split);
  const open = persons.is_assessable
    ? behindPersons(log, split, left, settings.batch_gap_ms ?? batchGapMs)
    : left;
  for (const { event, from_ms, to_ms } of open) {
    const closed = to_ms - from_ms - Math.round(workingMs(calendars.of(event), from_ms, to_ms));
    put(split.parts.outside_hours, event, closed);
  }
  for (let event = 0; event < log.event_count; event++) {
    let known = 0;
    for (const cause of waitCauses) if (cause !== 'rest') known += split.parts[cause][event] ?? 0;
    split.parts.rest[event] = (split.wait_ms[event] ?? 0) - known;
  }
  return split;
}

function withoutReworkAndRuns(log: EventLog, split: WaitSplit): OpenWait[] {
  const timetable = new Map(split.timetables.map((found) => [found.activity, found]));
  const ofActivity = log.activities.map((name) => timetable.get(name));
  const isRejection = log.activities.map((name) => decisionKind(name) === 'rejected');
  const seenIn = new Int32Array(log.activities.length).fill(-1);
  const zone = split.calendars.zone;
  const left: OpenWait[] = [];
  for (let event = 0; event < log.event_count; event++) {
    const caseIndex = log.case_index[event] ?? 0;
    const activity = log.activity[event] ?? 0;
    const isRepeat = seenIn[activity] === caseIndex;
    seenIn[activity] = caseIndex;
    if (log.case_offsets[caseIndex] === event) continue;
    const wait = waitMs(log, event);
    if (!(wait > 0)) continue;
    const ready = Math.round(log.time_ms[event - 1] ?? 0);
    const done = Math.round(log.start_ms[event] ?? 0);
    const isByDay = log.day_only?.[event] === 1 || log.day_only?.[event - 1] === 1;
    split.wait_ms[event] = isByDay ? wait : done - ready;
    if (isRepeat || isRejection[log.activity[event - 1] ?? 0] === true) {
      split.parts.rework[event] = split.wait_ms[event] ?? 0;
      continue;
    }
    if (isByDay) continue;
    const runs = ofActivity[activity]?.runs;
    const from =
      runs === undefined || zone === null
        ? ready
        : endOfRunWait(runs, { ready, done, day: dayNumber(localMs(zone, ready)) }, (at) =>
            dayNumber(localMs(zone, at)),
          );
    split.parts.batch[event] = from - ready;
    if (from < done) left.push({ event, ready_ms: ready, from_ms: from, to_ms: done });
  }
  return left;
}

/** Until when an item waited for its run: the first one on a later day than it was ready. */
function endOfRunWait(
  runs: readonly BatchRun[],
  item: { readonly ready: number; readonly done: number; readonly day: number },
  dayOf: (at: number) => number,
): number {
  const own = lastRunFrom(runs, item.done);
  const run = runs[own];
  if (run === undefined || item.done > run.to_ms) return item.ready;
  let eligible = lastRunFrom(runs, item.ready);
  while (eligible < own && (eligible < 0 || dayOf(runs[eligible]?.from_ms ?? 0) <= item.day))
    eligible++;
  return eligible >= own ? item.done : Math.round(runs[eligible]?.from_ms ?? item.done);
}

function lastRunFrom(runs: readonly BatchRun[], at: number): number {
  let low = -1;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runs[middle]?.from_ms ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function behindPersons(
  log: EventLog,
  split: WaitSplit,
  left: readonly OpenWait[],
  gap: number,
): readonly OpenWait[] {
  const events: number[][] = log.resources.map(() => []);
  for (let event = 0; event < log.event_count; event++)
    events[log.resource?.[event] ?? -1]?.push(event);
  const waits = new Map<number, OpenWait[]>();
  const open: OpenWait[] = [];
  for (const wait of left) {
    const code = log.resource?.[wait.event] ?? -1;
    if (split.persons.is_person[code] !== 1) open.push(wait);
    else waits.set(code, [...(waits.get(code) ?? []), wait]);
  }
  for (const [code, ofPerson] of waits) {
    const gates = personalGates(log, events[code] ?? [], gap);
    const rest = ofPerson.flatMap((wait) => afterGate(split, wait, gates.get(wait.event)));
    const first = rest[0];
    if (first === undefined) continue;
    const found = contentionOf({
      log,
      events: events[code] ?? [],
      waits: rest,
      calendar: split.calendars.of(first.event),
      service_limit_ms: split.service_limit_ms,
    });
    for (const [index, wait] of rest.entries()) {
      const { queue_ms, overtaken_ms, busy_outside_ms } = found[index] ?? {
        queue_ms: 0,
        overtaken_ms: 0,
        busy_outside_ms: 0,
      };
      put(split.parts.queue, wait.event, queue_ms);
      put(split.parts.prioritisation, wait.event, overtaken_ms);
      put(split.parts.outside_hours, wait.event, -busy_outside_ms);
      open.push(wait);
    }
  }
  return open;
}

/** Per event of a personal batch, when its last item gathered before the batch began was ready. */
function personalGates(
  log: EventLog,
  events: readonly number[],
  gap_ms: number,
): ReadonlyMap<number, number> {
  const gates = new Map<number, number>();
  const byActivity = new Map<number, number[]>();
  for (const event of events) {
    const activity = log.activity[event] ?? 0;
    const list = byActivity.get(activity);
    if (list === undefined) byActivity.set(activity, [event]);
    else list.push(event);
  }
  for (const list of byActivity.values()) {
    const batches = sweepBatches({
      start_ms: list.map((event) => log.start_ms[event] ?? 0),
      end_ms: list.map((event) => log.time_ms[event] ?? 0),
      gap_ms,
      fewest: fewestInBatch,
    });
    for (const { members, from_ms } of batches) {
      const ready = members
        .map((member) => list[member] ?? 0)
        .filter((event) => log.case_offsets[log.case_index[event] ?? 0] !== event)
        .map((event) => ({ event, at: Math.round(log.time_ms[event - 1] ?? 0) }))
        .filter(({ at }) => at <= from_ms);
      const gate = ready.reduce((latest, { at }) => Math.max(latest, at), -Infinity);
      for (const { event } of ready) gates.set(event, gate);
    }
  }
  return gates;
}

function afterGate(split: WaitSplit, wait: OpenWait, gate: number | undefined): OpenWait[] {
  if (gate === undefined || gate <= wait.from_ms) return [wait];
  const until = Math.min(gate, wait.to_ms);
  const worked = Math.round(workingMs(split.calendars.of(wait.event), wait.from_ms, until));
  put(split.parts.batch, wait.event, worked);
  put(split.parts.outside_hours, wait.event, until - wait.from_ms - worked);
  return until < wait.to_ms ? [{ ...wait, from_ms: until }] : [];
}

function put(parts: Float64Array, event: number, value: number): void {
  parts[event] = (parts[event] ?? 0) + value;
}
