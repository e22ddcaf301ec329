import { Temporal } from 'temporal-polyfill';

/** The offsets of a zone over a span, found once: segment i holds from `from_ms[i]` to `from_ms[i + 1]`. */
export interface ZoneSpan {
  readonly time_zone: string;
  readonly from_ms: Float64Array;
  /** Local minus UTC, in milliseconds. */
  readonly offset_ms: Float64Array;
  readonly to_ms: number;
}

const transitionLimit = 4_000;
const known = new Map<string, ZoneSpan>();

/**
 * Offsets of an IANA zone between two instants, so that no interval asks Intl again.
 *
 * Units   epoch milliseconds
 * Errors  throws when the zone is unknown or the span is empty
 */
export function zoneSpan(timeZone: string, from: number, to: number): ZoneSpan {
  if (!(from < to))
    throw new RangeError(`zoneSpan: expected from before to, got ${from} and ${to}`);
  const key = `${timeZone} ${from} ${to}`;
  const seen = known.get(key);
  if (seen !== undefined) return seen;
  let moment = zonedAt(timeZone, from);
  const starts = [from];
  const offsets = [moment.offsetNanoseconds / 1e6];
  while (starts.length < transitionLimit) {
    const next = moment.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds >= to) break;
    starts.push(next.epochMilliseconds);
    offsets.push(next.offsetNanoseconds / 1e6);
    moment = next;
  }
  const span = {
    time_zone: timeZone,
    from_ms: Float64Array.from(starts),
    offset_ms: Float64Array.from(offsets),
    to_ms: to,
  };
  if (known.size >= 64) known.clear();
  known.set(key, span);
  return span;
}

/** Local wall time of an instant, as milliseconds since 1970-01-01 00:00 of that wall. */
export function localMs(span: ZoneSpan, at: number): number {
  let low = 0;
  let high = span.from_ms.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((span.from_ms[middle] ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return at + (span.offset_ms[low] ?? 0);
}

/** The instant of a wall time; of a wall time that comes twice the first, of one that is skipped the moment after the gap. */
export function instantOf(span: ZoneSpan, local: number): number {
  for (let index = 0; index < span.from_ms.length; index++) {
    const at = local - (span.offset_ms[index] ?? 0);
    if (at < (span.from_ms[index + 1] ?? Infinity))
      return Math.max(at, index === 0 ? at : (span.from_ms[index] ?? at));
  }
  return Number.NaN;
}

const dayMs = 86_400_000;

/** Days since 1970-01-01 of a wall time. */
export function dayNumber(local: number): number {
  return Math.floor(local / dayMs);
}

/** Weekday of a day number: Monday is 1, Sunday 7. */
export function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** Hour of the week of a wall time, 0..167 from Monday 00:00. */
export function weekHourOf(local: number): number {
  const day = dayNumber(local);
  return (weekdayOf(day) - 1) * 24 + Math.floor((local - day * dayMs) / 3_600_000);
}

function zonedAt(timeZone: string, at: number): Temporal.ZonedDateTime {
  try {
    return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  } catch (cause) {
    throw new RangeError(
      `zoneSpan: expected an IANA zone such as Europe/Amsterdam, got "${timeZone}"`,
      { cause },
    );
  }
}
