import { Temporal } from 'temporal-polyfill';

/** When a subscriber wants the digest, by the clock on their wall. */
export interface DigestSchedule {
  /** 1 Monday … 7 Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly time_zone: string;
}

/** Seven days, Monday to Sunday, in the subscriber's zone. */
export interface DigestPeriod {
  /** First day, 'YYYY-MM-DD'. */
  readonly start: string;
  /** Day after the last. */
  readonly end: string;
}

/**
 * The latest instant at or before `now` at which the digest was due, UTC ISO.
 *
 * Definition  Local wall time. An hour that the clocks skip counts as the next valid instant; one
 *             that comes twice counts once, the first time.
 */
export function lastDue(schedule: DigestSchedule, now: string): string {
  const local = Temporal.Instant.from(now).toZonedDateTimeISO(schedule.time_zone);
  const days = (local.dayOfWeek - schedule.weekday + 7) % 7;
  const due = at(local.toPlainDate().subtract({ days }), schedule);
  const instant =
    Temporal.ZonedDateTime.compare(due, local) <= 0
      ? due
      : at(local.toPlainDate().subtract({ days: days + 7 }), schedule);
  return instant.toInstant().toString();
}

/** The last whole week before an instant, in the zone's own days. */
export function digestPeriod(instant: string, timeZone: string): DigestPeriod {
  const day = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDate();
  const end = day.subtract({ days: day.dayOfWeek - 1 });
  return { start: end.subtract({ days: 7 }).toString(), end: end.toString() };
}

/** The first days of the `count` weeks that end with the period, oldest first. */
export function weeksUpTo(period: DigestPeriod, count: number): string[] {
  const start = Temporal.PlainDate.from(period.start);
  return Array.from({ length: count }, (_, at) =>
    start.subtract({ days: 7 * (count - 1 - at) }).toString(),
  );
}

/** UTC ISO time of midnight at the beginning of a local day. */
export function startOfDay(day: string, timeZone: string): string {
  return Temporal.PlainDate.from(day).toZonedDateTime(timeZone).toInstant().toString();
}

function at(day: Temporal.PlainDate, schedule: DigestSchedule): Temporal.ZonedDateTime {
  return day.toZonedDateTime({
    timeZone: schedule.time_zone,
    plainTime: Temporal.PlainTime.from({ hour: schedule.hour }),
  });
}
