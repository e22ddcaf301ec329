/** Which comes first in 03/04/2018. */
export type DateOrder = 'day_first' | 'month_first';

const monthNames = [
  'jan',
  'feb',
  'mar',
  'apr',
  'may',
  'jun',
  'jul',
  'aug',
  'sep',
  'oct',
  'nov',
  'dec',
];

/**
 * Text of a time as milliseconds since 1970 UTC.
 *
 * Shape   `time_ms` as the text says, day first where it could be either; `month_first_ms` for a
 *         text like 03/04/2018 read month first (else the same); NaN where a reading is impossible.
 *         `has_zone`: the text names its zone; without one the time is taken as UTC.
 */
export interface ReadStamp {
  time_ms: number;
  month_first_ms: number;
  has_zone: boolean;
}

const isoPattern =
  /^([+-]?\d{4,6})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(.*)$/;
const localPattern =
  /^(\d{1,2})([./-])(\d{1,2}|[A-Za-z]{3,9})[./-](\d{4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(.*)$/;
const compactPattern = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?\s*(Z?)$/;

/** Reads one stamp: ISO 8601, y/m/d, d.m.y, d/m/y or m/d/y, d-Mon-y, yyyymmdd, epoch seconds or milliseconds. */
export function readStamp(text: string): ReadStamp {
  const iso = isoPattern.exec(text);
  if (iso !== null) {
    const [, year, month, day, ...clock] = iso;
    return sure(dayNumber(Number(year), Number(month), Number(day)), clock);
  }
  const local = localPattern.exec(text);
  if (local !== null) return readLocal(local);
  const compact = compactPattern.exec(text);
  if (compact !== null && Number(compact[1]) > 1000 && Number(compact[1]) < 2200) {
    const [, year, month, day, hour, minute, second, zone] = compact;
    const clock = [hour, minute, second, undefined, zone];
    return sure(dayNumber(Number(year), Number(month), Number(day)), clock);
  }
  if (/^\d{9,19}(\.\d+)?$/.test(text)) {
    const time_ms = epochMs(Number(text));
    return { time_ms, month_first_ms: time_ms, has_zone: true };
  }
  return { time_ms: Number.NaN, month_first_ms: Number.NaN, has_zone: false };
}

/** A number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by its size. */
export function epochMs(value: number): number {
  const size = Math.abs(value);
  if (size < 1e11) return value * 1000;
  if (size < 1e14) return value;
  return size < 1e17 ? value / 1e3 : value / 1e6;
}

function sure(day_ms: number, clock: readonly (string | undefined)[]): ReadStamp {
  const time = clockOf(clock);
  const time_ms = day_ms + time.ms;
  return { time_ms, month_first_ms: time_ms, has_zone: time.has_zone };
}

function readLocal(match: RegExpExecArray): ReadStamp {
  const [, first, separator, second = '', year, ...clock] = match;
  const time = clockOf(clock);
  const dayFirst = (month: number) => dayNumber(Number(year), month, Number(first)) + time.ms;
  if (/^[A-Za-z]/.test(second)) {
    const month = monthNames.indexOf(second.slice(0, 3).toLowerCase()) + 1;
    const time_ms = dayFirst(month);
    return { time_ms, month_first_ms: time_ms, has_zone: time.has_zone };
  }
  const time_ms = dayFirst(Number(second));
  const month_first_ms =
    separator === '.' ? time_ms : dayNumber(Number(year), Number(first), Number(second)) + time.ms;
  return { time_ms, month_first_ms, has_zone: time.has_zone };
}

/** Milliseconds of midnight UTC; NaN for a day that no calendar has. */
function dayNumber(year: number, month: number, day: number): number {
  if (month < 1 || month > 12 || day < 1) return Number.NaN;
  if (day > 28 && day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate())
    return Number.NaN;
  const date = new Date(0);
  return date.setUTCFullYear(year, month - 1, day);
}

/** Time of day less the zone's offset, from [hour, minute, second, fraction, rest]. */
function clockOf(clock: readonly (string | undefined)[]): { ms: number; has_zone: boolean } {
  const [hour = '0', minute = '0', second = '0', fraction = '', rest = ''] = clock;
  const half = /^([ap])\.?m\.?/i.exec(rest);
  let hours = Number(hour);
  if (half !== null) {
    if (hours < 1 || hours > 12) return { ms: Number.NaN, has_zone: false };
    hours = (hours % 12) + (half[1]?.toLowerCase() === 'p' ? 12 : 0);
  }
  const zone = (half === null ? rest : rest.slice(half[0].length)).trim();
  const outOfRange = hours > 24 || Number(minute) > 59 || Number(second) > 60;
  const offset = zone === '' ? 0 : offsetMs(zone);
  const ms =
    hours * 3_600_000 +
    Number(minute) * 60_000 +
    Number(second) * 1000 +
    (fraction === '' ? 0 : Number(`0.${fraction}`) * 1000);
  return { ms: outOfRange ? Number.NaN : ms - offset, has_zone: zone !== '' };
}

function offsetMs(zone: string): number {
  if (/^(z|utc|gmt)$/i.test(zone)) return 0;
  const match = /^(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?$/i.exec(zone);
  if (match === null) return Number.NaN;
  const [, sign, hours, minutes = '0'] = match;
  const size = Number(hours) * 3_600_000 + Number(minutes) * 60_000;
  return sign === '-' ? -size : size;
}
