import { workingMs, type CalendarBook, type WorkingCalendar } from './calendar.ts';
import { busyItems } from './contention.ts';
import { calendarsOf } from './log-calendars.ts';
import type { EventLog } from './log/event-log.ts';
import { quantileOf } from './quantile.ts';
import { personColumn, type PersonColumn } from './resources.ts';

/** What one approver had to do and did over a time. */
export interface Workload {
  readonly person: string;
  /** Items that became ready for the person, and items done. */
  readonly arrived: number;
  readonly done: number;
  readonly per_working_day: number | null;
  /** Busy working time over the working time of the calendar; an estimate where starts are unknown. */
  readonly utilisation: number | null;
  readonly median_wait_seconds: number | null;
  readonly p90_wait_seconds: number | null;
  /** Items before the person, mean over the time (L); arrivals per day (λ) × mean stay in days (W). */
  readonly in_progress: number;
  readonly arrivals_times_stay: number;
  /** |L / λW − 1|; large where the time is not steady or stamps are wrong. */
  readonly little_gap: number | null;
}

/** Workload of the approvers of a log, or why it cannot be told. */
export type WorkloadAnswer =
  | {
      readonly answer: 'assessed';
      readonly is_estimate: boolean;
      readonly from_ms: number;
      readonly to_ms: number;
      readonly persons: readonly Workload[];
      readonly little_gap: number | null;
    }
  | {
      readonly answer: 'not_assessable';
      readonly reason: Exclude<PersonColumn['reason'], null>;
      /** Little's law over all cases holds without names. */
      readonly little_gap: number | null;
    };

export interface WorkloadRequest {
  readonly calendars: CalendarBook;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly service_limit_ms?: number;
}

const workingDayMs = 8 * 3_600_000;
const serviceLimitMs = 30 * 60_000;

/**
 * How much each approver has to do, and whether the figures agree with Little's law.
 *
 * Definition  An item is before a person from the completion of the event before it until its own;
 *             the first event of a case is nobody's wait. Busy time as in `contentionOf`. L is the
 *             mean number of items before the person; λ the items that became ready in the time; W
 *             the mean stay of the items done in it. L = λW in a steady state.
 * Shape       one row per named person with items in the time, the most in progress first
 * Units       seconds; working days of 8 hours
 */
export function approverWorkload(log: EventLog, request: WorkloadRequest): WorkloadAnswer {
  const persons = personColumn(log);
  const little_gap = littleOf(caseStays(log), request).gap;
  if (persons.reason !== null)
    return { answer: 'not_assessable', reason: persons.reason, little_gap };
  const calendars = calendarsOf(log, request.calendars);
  const events: number[][] = log.resources.map(() => []);
  for (let event = 0; event < log.event_count; event++)
    events[log.resource?.[event] ?? -1]?.push(event);
  const rows = events.flatMap((own, code) => {
    if (persons.is_person[code] !== 1) return [];
    const found = workloadOf(log, request, { code, own, calendar: calendars.of(own[0] ?? 0) });
    return found === null ? [] : [found];
  });
  return {
    answer: 'assessed',
    is_estimate: !log.has_start,
    from_ms: request.from_ms,
    to_ms: request.to_ms,
    persons: rows.sort((a, b) => b.in_progress - a.in_progress || (a.person < b.person ? -1 : 1)),
    little_gap,
  };
}

interface Stay {
  readonly from: number;
  readonly to: number;
}

function workloadOf(
  log: EventLog,
  request: WorkloadRequest,
  given: {
    readonly code: number;
    readonly own: readonly number[];
    readonly calendar: WorkingCalendar;
  },
): Workload | null {
  const { from_ms, to_ms } = request;
  const stays = given.own
    .filter((event) => log.case_offsets[log.case_index[event] ?? 0] !== event)
    .map((event) => ({ from: log.time_ms[event - 1] ?? 0, to: log.time_ms[event] ?? 0 }));
  const done = stays.filter(({ to }) => to >= from_ms && to < to_ms);
  const little = littleOf(stays, request);
  if (done.length === 0 && little.in_progress === 0) return null;
  const items = busyItems(log, given.own, request.service_limit_ms ?? serviceLimitMs);
  const worked = items.reduce((sum, { begin, end }) => {
    const part = workingMs(given.calendar, Math.max(begin, from_ms), Math.min(end, to_ms));
    return part > 0 ? sum + part : sum;
  }, 0);
  const open = workingMs(
    given.calendar,
    Math.max(from_ms, given.calendar.from_ms),
    Math.min(to_ms, given.calendar.to_ms),
  );
  const waits = done.map(({ from, to }) => (to - from) / 1_000);
  return {
    person: log.resources[given.code] ?? '',
    arrived: little.arrived,
    done: done.length,
    per_working_day: open > 0 ? done.length / (open / workingDayMs) : null,
    utilisation: open > 0 ? worked / open : null,
    median_wait_seconds: quantileOf(waits, 0.5),
    p90_wait_seconds: quantileOf(waits, 0.9),
    in_progress: little.in_progress,
    arrivals_times_stay: little.arrivals_times_stay,
    little_gap: little.gap,
  };
}

function caseStays(log: EventLog): readonly Stay[] {
  return Array.from({ length: log.case_count }, (_, index) => ({
    from: log.start_ms[log.case_offsets[index] ?? 0] ?? 0,
    to: log.time_ms[(log.case_offsets[index + 1] ?? 1) - 1] ?? 0,
  }));
}

/**
 * Little's law over a time: mean number in progress against arrivals × mean stay.
 *
 * Definition  L = time in progress within the window / window; λ = arrivals in it / window; W = mean
 *             stay of those that ended in it
 */
export function littleOf(
  stays: readonly Stay[],
  time: { readonly from_ms: number; readonly to_ms: number },
): {
  readonly arrived: number;
  readonly in_progress: number;
  readonly arrivals_times_stay: number;
  readonly gap: number | null;
} {
  const length = time.to_ms - time.from_ms;
  let inside = 0;
  let arrived = 0;
  let ended = 0;
  let stayed = 0;
  for (const { from, to } of stays) {
    inside += Math.max(0, Math.min(to, time.to_ms) - Math.max(from, time.from_ms));
    if (from >= time.from_ms && from < time.to_ms) arrived++;
    if (to < time.from_ms || to >= time.to_ms) continue;
    ended++;
    stayed += to - from;
  }
  const in_progress = inside / length;
  const arrivals_times_stay = ended === 0 ? 0 : (arrived / length) * (stayed / ended);
  return {
    arrived,
    in_progress,
    arrivals_times_stay,
    gap: arrivals_times_stay === 0 ? null : Math.abs(in_progress / arrivals_times_stay - 1),
  };
}
