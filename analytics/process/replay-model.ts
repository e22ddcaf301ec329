import { batchTimetables, zoneOf } from './batches.ts';
import {
  addWorkingMs,
  workingCalendar,
  workingMs,
  type CalendarRule,
  type WorkingCalendar,
} from './calendar.ts';
import { decisionKind, roleInName } from './decision-name.ts';
import type { EventLog } from './log/event-log.ts';
import { fittedCalendar, nextRun, runWeekdays, type RunCalendar } from './payment-runs.ts';
import { dayNumber, localMs, weekdayOf, type ZoneSpan } from './zone.ts';

/** A run calendar with how many runs items missed. */
export interface RunModel {
  readonly calendar: RunCalendar;
  /** Runs missed after the first possible one, one entry per training item, ascending. */
  readonly missed: Int32Array;
}

/** How long each event of a log takes, learnt from what ended before the held-out time. */
export interface ReplayModel {
  readonly log: EventLog;
  readonly zone: ZoneSpan;
  readonly calendar: WorkingCalendar;
  /** Step of each event that is an approval decision, else null; and its kind. */
  readonly step_of_activity: readonly (string | null)[];
  readonly is_rejection: readonly boolean[];
  /** Per activity, if it is done in runs. */
  readonly runs: ReadonlyMap<number, RunModel>;
  /** Working milliseconds by edge and part of the working day in which the wait began, ascending. */
  readonly delays: ReadonlyMap<number, Float64Array>;
  readonly training_events: number;
}

const fewestDelays = 30;
const missedLimit = 60;

/**
 * Learn waits from a log, without looking past an instant.
 *
 * Definition  Events done within `[from, until)` teach. An activity on an hourly timetable waits for
 *             its run and misses as many as items did; every other wait is working time drawn from
 *             those of its edge (from 30 on by weekday on which it began, else of the edge, else of
 *             the activity).
 * Errors      null for a log without events
 */
export function replayModel(
  log: EventLog,
  rule: CalendarRule,
  training: { readonly from_ms: number; readonly until_ms: number },
): ReplayModel | null {
  const zone = zoneOf(log, rule.time_zone);
  if (zone === null) return null;
  const from_ms = zone.from_ms[0] ?? 0;
  const calendar = workingCalendar(rule, { from_ms, to_ms: zone.to_ms + 400 * 86_400_000 });
  const timetables = new Map(
    batchTimetables(log, rule.time_zone, training.until_ms)
      .filter(({ grain }) => grain === 'hour')
      .map((found) => [log.activities.indexOf(found.activity), runWeekdays(found)]),
  );
  const waits = new Map<number, { ready: number; done: number }[]>();
  const delays = new Map<number, number[]>();
  let training_events = 0;
  for (let event = 0; event < log.event_count; event++) {
    if (log.case_offsets[log.case_index[event] ?? 0] === event) continue;
    const done = log.time_ms[event] ?? 0;
    if (done < training.from_ms || done >= training.until_ms) continue;
    training_events++;
    const ready = log.time_ms[event - 1] ?? 0;
    const activity = log.activity[event] ?? 0;
    if (timetables.has(activity)) {
      pushTo(waits, activity, { ready, done });
      continue;
    }
    const worked = Math.max(0, workingMs(calendar, ready, done));
    for (const key of delayKeys(log, zone, event, ready)) pushTo(delays, key, worked);
  }
  const runs = new Map<number, RunModel>();
  for (const [activity, items] of waits)
    runs.set(activity, runModel(zone, timetables.get(activity) ?? [], items));
  return {
    log,
    zone,
    calendar,
    step_of_activity: log.activities.map((name, activity) =>
      decisionKind(name) === null ? null : (roleInName(name) ?? roleOf(log, activity) ?? name),
    ),
    is_rejection: log.activities.map((name) => decisionKind(name) === 'rejected'),
    runs,
    delays: new Map([...delays].map(([key, list]) => [key, Float64Array.from(list).sort()])),
    training_events,
  };
}

/**
 * When an event is done that is ready at an instant.
 *
 * Shape   `draw` gives a number in [0, 1) that stands for how unlucky the item is
 * Errors  keeps the observed wait where nothing was learnt about it
 */
export function doneAt(
  model: ReplayModel,
  event: number,
  given: {
    readonly ready: number;
    readonly draw: number;
    readonly calendar?: RunCalendar;
  },
): number {
  const { log } = model;
  const run = model.runs.get(log.activity[event] ?? 0);
  if (run !== undefined) {
    const calendar = given.calendar ?? run.calendar;
    let at = nextRun(model.zone, calendar, given.ready);
    const missed = run.missed[Math.floor(given.draw * run.missed.length)] ?? 0;
    for (let index = 0; index < missed; index++)
      at = nextRun(model.zone, { ...calendar, lead_days: 1 }, at);
    return at;
  }
  for (const key of delayKeys(log, model.zone, event, given.ready)) {
    const list = model.delays.get(key);
    if (list === undefined || list.length < fewestDelays) continue;
    const delay = list[Math.floor(given.draw * list.length)] ?? 0;
    const done = addWorkingMs(model.calendar, given.ready, delay);
    if (!Number.isNaN(done)) return done;
  }
  const observed = (log.time_ms[event] ?? 0) - (log.time_ms[event - 1] ?? 0);
  return given.ready + Math.max(0, observed);
}

function runModel(
  zone: ZoneSpan,
  weekdays: readonly number[],
  items: readonly { readonly ready: number; readonly done: number }[],
): RunModel {
  const calendar = fittedCalendar(zone, weekdays, items);
  const missed = items.map(({ ready, done }) => {
    const doneDay = dayNumber(localMs(zone, done));
    let at = nextRun(zone, calendar, ready);
    let count = 0;
    while (count < missedLimit && dayNumber(localMs(zone, at)) < doneDay) {
      at = nextRun(zone, { ...calendar, lead_days: 1 }, at);
      count++;
    }
    return count;
  });
  return { calendar, missed: Int32Array.from(missed).sort() };
}

/** Most telling first: the edge on this weekday, the edge, the activity. */
function delayKeys(
  log: EventLog,
  zone: ZoneSpan,
  event: number,
  ready: number,
): readonly [number, number, number] {
  const to = log.activity[event] ?? 0;
  const size = log.activities.length;
  const edge = (log.activity[event - 1] ?? 0) * size + to;
  const weekday = weekdayOf(dayNumber(localMs(zone, ready)));
  return [edge * 8 + weekday, edge * 8, size * size * 8 + to];
}

function roleOf(log: EventLog, activity: number): string | null {
  const event = log.activity.indexOf(activity);
  return log.roles[log.role?.[event] ?? -1] ?? null;
}

function pushTo<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
