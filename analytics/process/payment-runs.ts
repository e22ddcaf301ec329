import { batchTimetables, zoneOf, type BatchTimetable } from './batches.ts';
import type { EventLog } from './log/event-log.ts';
import { quantileOf } from './quantile.ts';
import { dayNumber, instantOf, localMs, weekdayOf, type ZoneSpan } from './zone.ts';

/** When payments leave: on these weekdays (Monday is 1) at this local minute, at least `lead_days` after they are ready. */
export interface RunCalendar {
  readonly weekdays: readonly number[];
  readonly at_minute: number;
  readonly lead_days: number;
  /** Local dates `YYYY-MM-DD` without a run, such as bank holidays. */
  readonly closed_on?: readonly string[];
}

/** What waits for a run, observed and as a calendar would have it. */
export interface RunWait {
  readonly items: number;
  readonly median_days: number | null;
  readonly mean_days: number | null;
  readonly p90_days: number | null;
}

/** An activity's observed run calendar, and how well replaying it gives back the observed waits. */
export interface ObservedRuns {
  readonly activity: string;
  readonly calendar: RunCalendar;
  readonly observed: RunWait;
  readonly replayed: RunWait;
  /** Median replayed within 0.1 day and 10 % of the observed one; else no what-if is given. */
  readonly is_good_enough: boolean;
}

const dayMs = 86_400_000;
const longestLead = 7;
const weekLimit = 60;

/**
 * The next run for something ready at an instant.
 *
 * Definition  the first day of the calendar at least `lead_days` local days later, at its minute; on
 *             the same day only when that minute has not passed
 * Errors      NaN when there is none within 60 weeks; throws when the calendar names no weekday
 */
export function nextRun(zone: ZoneSpan, calendar: RunCalendar, ready: number): number {
  if (calendar.weekdays.length === 0)
    throw new RangeError('nextRun: expected at least one weekday of 1 to 7, got none');
  const local = localMs(zone, ready);
  const first = dayNumber(local) + calendar.lead_days;
  for (let day = first; day < first + weekLimit * 7; day++) {
    if (!calendar.weekdays.includes(weekdayOf(day))) continue;
    if (calendar.closed_on?.includes(new Date(day * dayMs).toISOString().slice(0, 10)) === true)
      continue;
    const at = day * dayMs + calendar.at_minute * 60_000;
    if (at >= local) return instantOf(zone, at);
  }
  return Number.NaN;
}

/**
 * The run calendars of a log, each with its back-test.
 *
 * Definition  Weekdays are those of the timetable, the minute is the median minute of its events,
 *             the lead the number of days (0 to 7) whose replay comes closest to the observed median,
 *             mean and P90 together
 * Shape       one per activity done on an hourly timetable
 */
export function observedRuns(log: EventLog, timeZone: string): readonly ObservedRuns[] {
  const zone = zoneOf(log, timeZone);
  if (zone === null) return [];
  return batchTimetables(log, timeZone)
    .filter(({ grain }) => grain === 'hour')
    .map((timetable) => observed(log, zone, timetable));
}

/** Waits of one activity under another run calendar, for the same items ready at the same instants. */
export function replayRuns(
  log: EventLog,
  timeZone: string,
  given: { readonly activity: string; readonly calendar: RunCalendar },
): RunWait {
  const zone = zoneOf(log, timeZone);
  if (zone === null) return runWait([]);
  const items = itemsOf(log, given.activity);
  return runWait(items.map(({ ready }) => nextRun(zone, given.calendar, ready) - ready));
}

/** The minute of the day and lead that fit an activity's waits; used by the replay of whole cases too. */
export function fittedCalendar(
  zone: ZoneSpan,
  weekdays: readonly number[],
  items: readonly { readonly ready: number; readonly done: number }[],
): RunCalendar {
  const minutes = items.map(({ done }) => {
    const local = localMs(zone, done);
    return (local - dayNumber(local) * dayMs) / 60_000;
  });
  const at_minute = Math.round(quantileOf(minutes, 0.5) ?? 0);
  const seen = runWait(items.map(({ ready, done }) => done - ready));
  let best: RunCalendar = { weekdays, at_minute, lead_days: 0 };
  let least = Infinity;
  for (let lead_days = 0; lead_days <= longestLead; lead_days++) {
    const calendar = { weekdays, at_minute, lead_days };
    const replayed = runWait(items.map(({ ready }) => nextRun(zone, calendar, ready) - ready));
    const error = (['median_days', 'mean_days', 'p90_days'] as const).reduce(
      (sum, name) => sum + Math.abs((replayed[name] ?? Infinity) - (seen[name] ?? 0)),
      0,
    );
    if (error < least) {
      least = error;
      best = calendar;
    }
  }
  return best;
}

/** The weekdays of a timetable. */
export function runWeekdays(timetable: BatchTimetable): readonly number[] {
  return [...new Set(timetable.slots.map(({ weekday }) => weekday))].sort((a, b) => a - b);
}

function observed(log: EventLog, zone: ZoneSpan, timetable: BatchTimetable): ObservedRuns {
  const items = itemsOf(log, timetable.activity);
  const calendar = fittedCalendar(zone, runWeekdays(timetable), items);
  const seen = runWait(items.map(({ ready, done }) => done - ready));
  const replayed = runWait(items.map(({ ready }) => nextRun(zone, calendar, ready) - ready));
  const apart = Math.abs((seen.median_days ?? 0) - (replayed.median_days ?? Infinity));
  return {
    activity: timetable.activity,
    calendar,
    observed: seen,
    replayed,
    is_good_enough: apart <= Math.min(0.1, 0.1 * (seen.median_days ?? 0)),
  };
}

/** What each event of an activity waited for, from the most frequent activity before it. */
function itemsOf(
  log: EventLog,
  activity: string,
): readonly { readonly ready: number; readonly done: number }[] {
  const code = log.activities.indexOf(activity);
  const before = new Map<number, { ready: number; done: number }[]>();
  for (let event = 0; event < log.event_count; event++) {
    if (log.activity[event] !== code) continue;
    if (log.case_offsets[log.case_index[event] ?? 0] === event) continue;
    const from = log.activity[event - 1] ?? 0;
    const item = { ready: log.time_ms[event - 1] ?? 0, done: log.start_ms[event] ?? 0 };
    const list = before.get(from);
    if (list === undefined) before.set(from, [item]);
    else list.push(item);
  }
  return [...before.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

function runWait(waits: readonly number[]): RunWait {
  const days = waits.filter((wait) => !Number.isNaN(wait)).map((wait) => wait / dayMs);
  return {
    items: days.length,
    median_days: quantileOf(days, 0.5),
    mean_days: days.length === 0 ? null : days.reduce((sum, day) => sum + day, 0) / days.length,
    p90_days: quantileOf(days, 0.9),
  };
}
