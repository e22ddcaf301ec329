import type { EventColumns } from './event-columns.ts';
import type { LogMapping } from './log-mapping.ts';
import { readStamp } from './time-stamp.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** A date that reads either way. */
interface Ambiguous {
  readonly day_first_ms: number;
  readonly month_first_ms: number;
  readonly text: string;
}

/**
 * Reads the stamps of one log and decides at its end what single stamps leave open: whether days or
 * months come first, and whether all name their zone.
 */
export class StampReader {
  readonly #mapping: LogMapping;
  readonly #offsetMs: number;
  #withZone = 0;
  #withoutZone = 0;
  #exampleWithZone = '';
  #exampleWithoutZone = '';
  /** Slashed dates that only one order can read. */
  #dayFirstOnly = '';
  #monthFirstOnly = '';
  #either: Ambiguous | null = null;
  /** Readings month first, by the reading day first. */
  readonly #monthFirst = new Map<number, number>();
  /** The day last read from bytes, as 20180131, and its midnight: neighbours often share it. */
  #yearMonthDay = -1;
  #dayStartMs = 0;

  constructor(mapping: LogMapping) {
    this.#mapping = mapping;
    this.#offsetMs = (mapping.zone_offset_minutes ?? 0) * minuteMs;
  }

  /** Milliseconds of a stamp; NaN when unreadable. */
  read(text: string): number {
    const stamp = readStamp(text.trim());
    let { time_ms } = stamp;
    const { month_first_ms } = stamp;
    if (time_ms !== time_ms && month_first_ms !== month_first_ms) return Number.NaN;
    if (stamp.has_zone) {
      if (this.#withZone === 0) this.#exampleWithZone = text;
      this.#withZone += 1;
    } else {
      if (this.#withoutZone === 0) this.#exampleWithoutZone = text;
      this.#withoutZone += 1;
    }
    if (time_ms !== month_first_ms) {
      if (time_ms !== time_ms) {
        this.#monthFirstOnly ||= text;
        time_ms = month_first_ms;
      } else if (month_first_ms !== month_first_ms) this.#dayFirstOnly ||= text;
      else {
        this.#either ??= { day_first_ms: time_ms, month_first_ms, text };
        this.#monthFirst.set(
          this.#zoned(time_ms, stamp.has_zone),
          this.#zoned(month_first_ms, stamp.has_zone),
        );
      }
    }
    return this.#zoned(time_ms, stamp.has_zone);
  }

  /** As `read`, from bytes: the usual shape of XES, 2018-01-03T10:49:00.000+01:00, without making a string. */
  readBytes(bytes: Buffer, start: number, end: number): number {
    const length = end - start;
    if (
      length < 20 ||
      bytes[start + 4] !== 0x2d ||
      bytes[start + 7] !== 0x2d ||
      bytes[start + 10] !== 0x54 ||
      bytes[start + 13] !== 0x3a ||
      bytes[start + 16] !== 0x3a
    )
      return this.read(bytes.toString('utf8', start, Math.min(end, start + 100)));
    let at = start + 19;
    let fraction = 0;
    if (bytes[at] === 0x2e) {
      let unit = 100;
      for (at += 1; at < end && isDigit(bytes[at] ?? 0); at += 1) {
        fraction += ((bytes[at] ?? 0) - 0x30) * unit;
        unit /= 10;
      }
    }
    const zone = this.#zoneMs(bytes, at, end);
    const month = two(bytes, start + 5);
    const day = two(bytes, start + 8);
    const year = two(bytes, start) * 100 + two(bytes, start + 2);
    const clock =
      two(bytes, start + 11) * hourMs +
      two(bytes, start + 14) * minuteMs +
      two(bytes, start + 17) * 1000;
    const plausible =
      month >= 1 && month <= 12 && day >= 1 && day <= 28 && clock >= 0 && clock < dayMs;
    if (zone !== zone || !plausible || !(year >= 0))
      return this.read(bytes.toString('utf8', start, Math.min(end, start + 100)));
    const yearMonthDay = year * 10_000 + month * 100 + day;
    if (yearMonthDay !== this.#yearMonthDay) {
      this.#yearMonthDay = yearMonthDay;
      this.#dayStartMs = new Date(0).setUTCFullYear(year, month - 1, day);
    }
    if (this.#withZone === 0) this.#exampleWithZone = bytes.toString('latin1', start, end);
    this.#withZone += 1;
    return this.#dayStartMs + clock + fraction - zone;
  }

  /** Offset of Z or +01:00 in milliseconds; NaN for anything else. */
  #zoneMs(bytes: Buffer, at: number, end: number): number {
    const sign = bytes[at];
    if (sign === 0x5a && end === at + 1) return 0;
    if ((sign !== 0x2b && sign !== 0x2d) || end !== at + 6 || bytes[at + 3] !== 0x3a)
      return Number.NaN;
    const size = two(bytes, at + 1) * hourMs + two(bytes, at + 4) * minuteMs;
    return sign === 0x2d ? -size : size;
  }

  #zoned(time_ms: number, hasZone: boolean): number {
    return hasZone ? time_ms : time_ms - this.#offsetMs;
  }

  /**
   * The columns with the order of day and month decided.
   *
   * Errors  throws when dates like 03/04/2018 can be read either way, when some can be read only one
   *         way and some only the other, or when some times name their zone and others do not
   */
  settle(columns: EventColumns): EventColumns {
    if (
      this.#withZone > 0 &&
      this.#withoutZone > 0 &&
      this.#mapping.zone_offset_minutes === undefined
    )
      throw new Error(
        `expected all times to name their zone or none, got ${this.#withZone} with ("${this.#exampleWithZone}") and ${this.#withoutZone} without ("${this.#exampleWithoutZone}"); say what the latter mean with --zone-offset MINUTES (0 for UTC)`,
      );
    if (this.#monthFirstOnly !== '' && this.#dayFirstOnly !== '')
      throw new Error(
        `expected one order of day and month, got "${this.#dayFirstOnly}" (day first) and "${this.#monthFirstOnly}" (month first); export the log with dates as 2018-12-31`,
      );
    if (!this.#isMonthFirst()) return columns;
    const swapped = (times: Float64Array): Float64Array =>
      times.map((time) => this.#monthFirst.get(time) ?? time);
    return {
      ...columns,
      complete_ms: swapped(columns.complete_ms),
      start_ms: columns.start_ms === null ? null : swapped(columns.start_ms),
    };
  }

  #isMonthFirst(): boolean {
    const { date_order } = this.#mapping;
    if (date_order === 'day_first' && this.#monthFirstOnly !== '')
      throw new Error(
        `expected the day first as told, got "${this.#monthFirstOnly}"; use --date-order month_first`,
      );
    if (date_order === 'month_first' && this.#dayFirstOnly !== '')
      throw new Error(
        `expected the month first as told, got "${this.#dayFirstOnly}"; use --date-order day_first`,
      );
    if (date_order !== undefined) return date_order === 'month_first';
    if (this.#monthFirstOnly !== '') return true;
    if (this.#dayFirstOnly !== '' || this.#either === null) return false;
    const { text, day_first_ms, month_first_ms } = this.#either;
    const shown = (time: number) => new Date(time).toISOString().slice(0, 10);
    throw new Error(
      `"${text}" can mean ${shown(day_first_ms)} or ${shown(month_first_ms)}, and no date of this log shows which; say --date-order day_first or --date-order month_first`,
    );
  }
}

function two(bytes: Buffer, at: number): number {
  const tens = bytes[at] ?? 0;
  const ones = bytes[at + 1] ?? 0;
  return isDigit(tens) && isDigit(ones) ? (tens - 0x30) * 10 + ones - 0x30 : Number.NaN;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
