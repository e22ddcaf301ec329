import type { EventLog } from './log/event-log.ts';
import { dayNumber, localMs, weekHourOf, weekdayOf, zoneSpan, type ZoneSpan } from './zone.ts';

/** An hour of the week, or a whole weekday (`hour` null), in which an activity is done together. */
export interface BatchSlot {
  readonly weekday: number;
  readonly hour: number | null;
  readonly events: number;
  readonly share: number;
}

/** One time the batch was done. */
export interface BatchRun {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly events: number;
}

/** An activity that is done in batches on a timetable, such as a payment run. */
export interface BatchTimetable {
  readonly activity: string;
  readonly events: number;
  readonly grain: 'hour' | 'weekday';
  readonly slots: readonly BatchSlot[];
  /** Share of the events inside the slots. */
  readonly concentration: number;
  /** In order of time. */
  readonly runs: readonly BatchRun[];
}

const hourCovered = 0.9;
/** More hours than this are opening hours, not a run: 6 of 168 is one hour on each day but Sunday. */
const hourLimit = 6;
const weekdayCovered = 0.7;
const weekdayLimit = 2;
const fewestEvents = 20;
const fewestInRun = 2;
const fewestRuns = 4;
const dayMs = 86_400_000;

/**
 * Activities that leave on a timetable, by how few hours of the week hold them.
 *
 * Definition  Hour grain: at most 6 of the 168 local hours hold 90 % of the events. Weekday grain,
 *             when that fails or times are stamped 00:00 or 23:59 by default: at most 2 weekdays
 *             hold 70 %. A run is a local day (within the slot's hour at hour grain) with 2 or more;
 *             fewer than 4 runs make no timetable.
 *             Events from `until_ms` on are not looked at.
 * Shape       activities with at least 20 events, the largest first
 * Units       epoch milliseconds; shares as fractions
 */
export function batchTimetables(
  log: EventLog,
  timeZone: string,
  until_ms = Infinity,
): readonly BatchTimetable[] {
  const zone = zoneOf(log, timeZone);
  if (zone === null) return [];
  return eventsByActivity(log, until_ms)
    .flatMap((events, activity) => {
      const found = timetable(log, zone, events);
      return found === null ? [] : [{ activity: log.activities[activity] ?? '', ...found }];
    })
    .sort((a, b) => b.events - a.events || (a.activity < b.activity ? -1 : 1));
}

/** Offsets of a zone over all stamps of a log; null for a log without events. */
export function zoneOf(log: EventLog, timeZone: string): ZoneSpan | null {
  let first = Infinity;
  let last = -Infinity;
  for (let event = 0; event < log.event_count; event++) {
    first = Math.min(first, log.start_ms[event] ?? Infinity);
    last = Math.max(last, log.time_ms[event] ?? -Infinity);
  }
  return first <= last ? zoneSpan(timeZone, first - dayMs, last + dayMs) : null;
}

function eventsByActivity(log: EventLog, until_ms: number): readonly (readonly number[])[] {
  const events: number[][] = log.activities.map(() => []);
  for (let event = 0; event < log.event_count; event++)
    if ((log.time_ms[event] ?? 0) < until_ms) events[log.activity[event] ?? 0]?.push(event);
  return events;
}

function timetable(
  log: EventLog,
  zone: ZoneSpan,
  events: readonly number[],
): Omit<BatchTimetable, 'activity'> | null {
  if (events.length < fewestEvents) return null;
  const local = events.map((event) => localMs(zone, log.time_ms[event] ?? 0));
  const byHour = new Float64Array(168);
  const byWeekday = new Float64Array(7);
  for (const at of local) {
    const hour = weekHourOf(at);
    byHour[hour] = (byHour[hour] ?? 0) + 1;
    byWeekday[Math.floor(hour / 24)] = (byWeekday[Math.floor(hour / 24)] ?? 0) + 1;
  }
  const hours = hasTimeOfDay(log, events, local) ? busiestHours(byHour, events.length) : [];
  const grain = hours.length > 0 ? 'hour' : 'weekday';
  const chosen =
    hours.length > 0 ? hours : fewest(byWeekday, weekdayCovered * events.length, weekdayLimit);
  if (chosen.length === 0) return null;
  const held = grain === 'hour' ? byHour : byWeekday;
  const slots = chosen.map((slot) => ({
    weekday: (grain === 'hour' ? Math.floor(slot / 24) : slot) + 1,
    hour: grain === 'hour' ? slot % 24 : null,
    events: held[slot] ?? 0,
    share: (held[slot] ?? 0) / events.length,
  }));
  const runs = runsOf(log, events, local, (at) =>
    chosen.includes(grain === 'hour' ? weekHourOf(at) : weekdayOf(dayNumber(at)) - 1),
  );
  if (runs.length < fewestRuns) return null;
  const concentration = slots.reduce((sum, { share }) => sum + share, 0);
  return { events: events.length, grain, slots, concentration, runs };
}

/** Most of an activity's stamps at one minute of the day, 00:00 or 23:59, tell the day and no more. */
function hasTimeOfDay(log: EventLog, events: readonly number[], local: readonly number[]): boolean {
  let byDefault = 0;
  for (const [index, at] of local.entries()) {
    const minute = Math.floor((at - dayNumber(at) * dayMs) / 60_000);
    if (minute === 0 || minute === 1_439 || log.day_only?.[events[index] ?? 0] === 1) byDefault++;
  }
  return byDefault < local.length / 2;
}

/** The fewest hours of the week that hold 90 % of the events, if they are at most 6 of the 168; else none. */
export function busiestHours(byHour: Float64Array, events: number): readonly number[] {
  return events < fewestEvents ? [] : fewest(byHour, hourCovered * events, hourLimit);
}

function fewest(counts: Float64Array, wanted: number, limit: number): readonly number[] {
  const chosen: number[] = [];
  let covered = 0;
  for (const index of [...counts.keys()].sort(
    (a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b,
  )) {
    if (covered >= wanted) break;
    chosen.push(index);
    covered += counts[index] ?? 0;
  }
  return chosen.length > limit ? [] : chosen.sort((a, b) => a - b);
}

function runsOf(
  log: EventLog,
  events: readonly number[],
  local: readonly number[],
  isInSlot: (at: number) => boolean,
): readonly BatchRun[] {
  const runs = new Map<number, { from_ms: number; to_ms: number; events: number }>();
  for (const [index, at] of local.entries()) {
    if (!isInSlot(at)) continue;
    const time = log.time_ms[events[index] ?? 0] ?? 0;
    const run = runs.get(dayNumber(at));
    if (run === undefined) runs.set(dayNumber(at), { from_ms: time, to_ms: time, events: 1 });
    else {
      run.from_ms = Math.min(run.from_ms, time);
      run.to_ms = Math.max(run.to_ms, time);
      run.events++;
    }
  }
  return [...runs.values()]
    .filter((run) => run.events >= fewestInRun)
    .sort((a, b) => a.from_ms - b.from_ms);
}

/** Work done together: intervals that overlap or lie no further apart than the gap. */
export interface Batch {
  readonly from_ms: number;
  readonly to_ms: number;
  /** Positions in the input, in order of start, then end, then position. */
  readonly members: readonly number[];
}

/**
 * Intervals that belong together, by one sweep in order of time.
 *
 * Definition  Two intervals touch when the later one starts at most `gap_ms` after the earlier one
 *             ends; a batch is a connected set of at least `fewest` of them. The result does not
 *             depend on the order of the input.
 * Units       epoch milliseconds
 * Errors      throws when starts and ends differ in number, or an end lies before its start
 */
export function sweepBatches(given: {
  readonly start_ms: ArrayLike<number>;
  readonly end_ms: ArrayLike<number>;
  readonly gap_ms: number;
  readonly fewest: number;
}): readonly Batch[] {
  const { start_ms, end_ms, gap_ms, fewest: smallest } = given;
  if (start_ms.length !== end_ms.length)
    throw new RangeError(
      `sweepBatches: expected as many ends as starts, got ${end_ms.length} for ${start_ms.length}`,
    );
  const start = (index: number) => start_ms[index] ?? 0;
  const end = (index: number) => end_ms[index] ?? 0;
  const order = Array.from({ length: start_ms.length }, (_, index) => index).sort(
    (a, b) => start(a) - start(b) || end(a) - end(b) || a - b,
  );
  const batches: Batch[] = [];
  let members: number[] = [];
  let reach = -Infinity;
  const close = () => {
    if (members.length >= smallest && members[0] !== undefined)
      batches.push({ from_ms: start(members[0]), to_ms: reach, members });
  };
  for (const index of order) {
    if (end(index) < start(index))
      throw new RangeError(
        `sweepBatches: expected an end at or after ${start(index)}, got ${end(index)}`,
      );
    if (members.length > 0 && start(index) - reach > gap_ms) {
      close();
      members = [];
    }
    reach = members.length === 0 ? end(index) : Math.max(reach, end(index));
    members.push(index);
  }
  close();
  return batches;
}
