import { publicHolidays, type HolidayPlace } from './holidays.ts';
import { dayNumber, localMs, weekdayOf, zoneSpan, type ZoneSpan } from './zone.ts';

/** Working minutes of one weekday (Monday is 1), counted from local midnight; the end is exclusive, at most 1,440. */
export interface WeekSlot {
  readonly weekday: number;
  readonly from_minute: number;
  readonly to_minute: number;
}

/** What replaces the week on one date: no slots = closed, a morning = half day, slots on a Saturday = a make-up day. */
export interface DayOverride {
  readonly on: string;
  readonly slots: readonly { readonly from_minute: number; readonly to_minute: number }[];
}

/** When an entity, role or person works. Slots may overlap; their union counts. */
export interface CalendarRule {
  readonly time_zone: string;
  readonly week: readonly WeekSlot[];
  readonly holidays: HolidayPlace | null;
  /** The last one of a date wins, over the week and over holidays. */
  readonly overrides: readonly DayOverride[];
}

/** Rules by whom they are for. A more specific one replaces only what it names; overrides add up. */
export interface CalendarBook {
  readonly standard: CalendarRule;
  readonly entities?: Readonly<Record<string, Partial<CalendarRule>>>;
  readonly roles?: Readonly<Record<string, Partial<CalendarRule>>>;
  readonly persons?: Readonly<Record<string, Partial<CalendarRule>>>;
}

/** A rule worked out over a span: its open intervals in order, and the working time before each. */
export interface WorkingCalendar {
  readonly rule: CalendarRule;
  readonly zone: ZoneSpan;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly open_ms: Float64Array;
  readonly close_ms: Float64Array;
  readonly before_ms: Float64Array;
  /** First interval that closes after the beginning of each UTC day of the span. */
  readonly first_of_day: Int32Array;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const yearLimit = 300;

/** Monday to Friday from 09:00 to 17:00, no holidays. */
export function officeHours(timeZone: string, holidays: HolidayPlace | null = null): CalendarRule {
  const week = [1, 2, 3, 4, 5].map((weekday) => ({
    weekday,
    from_minute: 540,
    to_minute: 1_020,
  }));
  return { time_zone: timeZone, week, holidays, overrides: [] };
}

/** The rule for one person in a role of an entity: person over role over entity over standard. */
export function calendarRuleFor(
  book: CalendarBook,
  who: {
    readonly entity?: string | null;
    readonly role?: string | null;
    readonly person?: string | null;
  },
): CalendarRule {
  return [
    book.entities?.[who.entity ?? ''],
    book.roles?.[who.role ?? ''],
    book.persons?.[who.person ?? ''],
  ].reduce<CalendarRule>(
    (rule, layer) =>
      layer === undefined
        ? rule
        : { ...rule, ...layer, overrides: [...rule.overrides, ...(layer.overrides ?? [])] },
    book.standard,
  );
}

/**
 * Work a rule out over a span.
 *
 * Definition  A moment is working time when its local wall time lies in a slot of its local day and
 *             in no public holiday. An hour that comes twice in autumn counts twice, one that is
 *             skipped in spring not at all.
 * Units       epoch milliseconds
 * Errors      throws on an unknown zone or country, a slot outside 0..1440, a bad date, over 300 years
 */
export function workingCalendar(
  rule: CalendarRule,
  span: { readonly from_ms: number; readonly to_ms: number },
): WorkingCalendar {
  const from = Math.floor(span.from_ms / dayMs - 1) * dayMs;
  const to = Math.ceil(span.to_ms / dayMs + 1) * dayMs;
  if (!(to - from <= yearLimit * 366 * dayMs))
    throw new RangeError(
      `workingCalendar: expected a span of at most ${yearLimit} years, got ${span.from_ms} to ${span.to_ms}; quarantine impossible stamps first`,
    );
  const zone = zoneSpan(rule.time_zone, from, to);
  const open: number[] = [];
  const close: number[] = [];
  const daySlots = slotsOfDay(rule, zone, from, to);
  for (let index = 0; index < zone.from_ms.length; index++) {
    const offset = zone.offset_ms[index] ?? 0;
    const segmentFrom = zone.from_ms[index] ?? from;
    const segmentTo = zone.from_ms[index + 1] ?? to;
    const lastDay = dayNumber(segmentTo + offset - 1);
    for (let day = dayNumber(segmentFrom + offset); day <= lastDay; day++)
      for (const slot of daySlots(day)) {
        const opens = Math.max(slot.from - offset, segmentFrom);
        const closes = Math.min(slot.to - offset, segmentTo);
        if (opens >= closes) continue;
        if (close.at(-1) === opens) close[close.length - 1] = closes;
        else {
          open.push(opens);
          close.push(closes);
        }
      }
  }
  const before = new Float64Array(open.length + 1);
  for (let index = 0; index < open.length; index++)
    before[index + 1] =
      (before[index] ?? 0) + (close[index] ?? Number.NaN) - (open[index] ?? Number.NaN);
  const first_of_day = new Int32Array((to - from) / dayMs + 1);
  for (let day = 0, index = 0; day < first_of_day.length; day++) {
    while (index < close.length && (close[index] ?? 0) <= from + day * dayMs) index++;
    first_of_day[day] = index;
  }
  return {
    rule,
    zone,
    from_ms: from,
    to_ms: to,
    open_ms: Float64Array.from(open),
    close_ms: Float64Array.from(close),
    before_ms: before,
    first_of_day,
  };
}

/** Working milliseconds from the calendar's beginning to `at`; NaN outside its span: unknown, never 0. */
export function workedBefore(calendar: WorkingCalendar, at: number): number {
  if (!(at >= calendar.from_ms && at <= calendar.to_ms)) return Number.NaN;
  const day = Math.floor((at - calendar.from_ms) / dayMs);
  let index = calendar.first_of_day[day] ?? 0;
  while ((calendar.close_ms[index] ?? Infinity) <= at) index++;
  const opened = calendar.open_ms[index] ?? Infinity;
  return (calendar.before_ms[index] ?? Number.NaN) + (at > opened ? at - opened : 0);
}

/** Working milliseconds between two instants; negative when they are in reverse order, NaN outside the span. */
export function workingMs(calendar: WorkingCalendar, from: number, to: number): number {
  return workedBefore(calendar, to) - workedBefore(calendar, from);
}

/**
 * Working time of many intervals at once.
 *
 * Shape  one number per interval, NaN where either end is outside the calendar's span
 */
export function workingTimes(
  calendar: WorkingCalendar,
  from: Float64Array,
  to: Float64Array,
): Float64Array {
  const worked = new Float64Array(from.length);
  for (let index = 0; index < from.length; index++)
    worked[index] = workingMs(calendar, from[index] ?? Number.NaN, to[index] ?? Number.NaN);
  return worked;
}

/** The instant at which `duration` working milliseconds after `at` have passed; NaN when the span ends before. */
export function addWorkingMs(calendar: WorkingCalendar, at: number, duration: number): number {
  const target = workedBefore(calendar, at) + Math.max(0, duration);
  if (!(target <= (calendar.before_ms[calendar.open_ms.length] ?? Number.NaN))) return Number.NaN;
  let low = 0;
  let high = calendar.open_ms.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((calendar.before_ms[middle] ?? 0) < target) low = middle;
    else high = middle - 1;
  }
  const reached =
    (calendar.open_ms[low] ?? Number.NaN) + target - (calendar.before_ms[low] ?? Number.NaN);
  return Math.max(at, reached);
}

interface LocalSlot {
  readonly from: number;
  readonly to: number;
}

function slotsOfDay(
  rule: CalendarRule,
  zone: ZoneSpan,
  from: number,
  to: number,
): (day: number) => readonly LocalSlot[] {
  const week = new Map<number, WeekSlot[]>();
  for (const slot of rule.week) {
    if (!(slot.weekday >= 1 && slot.weekday <= 7))
      throw new RangeError(`workingCalendar: expected a weekday of 1 to 7, got ${slot.weekday}`);
    minutesOf(slot, 0);
    week.set(slot.weekday, [...(week.get(slot.weekday) ?? []), slot]);
  }
  const overrides = new Map(rule.overrides.map(({ on, slots }) => [dayOf(on), slots]));
  for (const slots of overrides.values()) for (const slot of slots) minutesOf(slot, 0);
  const closed = closedStretches(rule, zone, from, to);
  return (day) => {
    const start = day * dayMs;
    const replaced = overrides.get(day);
    const slots = union(
      (replaced ?? week.get(weekdayOf(day)) ?? []).map((slot) => minutesOf(slot, start)),
    );
    return replaced === undefined ? without(slots, closed.get(day) ?? []) : slots;
  };
}

function closedStretches(
  rule: CalendarRule,
  zone: ZoneSpan,
  from: number,
  to: number,
): Map<number, LocalSlot[]> {
  const closed = new Map<number, LocalSlot[]>();
  if (rule.holidays === null) return closed;
  const years = {
    from: new Date(from).getUTCFullYear(),
    to: new Date(to).getUTCFullYear(),
  };
  for (const holiday of publicHolidays(rule.holidays, years, rule.time_zone)) {
    if (holiday.to_ms <= from || holiday.from_ms >= to) continue;
    const starts = localMs(zone, Math.max(from, holiday.from_ms));
    const ends = localMs(zone, Math.min(to, holiday.to_ms));
    for (let day = dayNumber(starts); day * dayMs < ends; day++)
      closed.set(day, [...(closed.get(day) ?? []), { from: starts, to: ends }]);
  }
  return closed;
}

function minutesOf(
  slot: { readonly from_minute: number; readonly to_minute: number },
  start: number,
): LocalSlot {
  const { from_minute, to_minute } = slot;
  if (!(from_minute >= 0 && from_minute < to_minute && to_minute <= 1_440))
    throw new RangeError(
      `workingCalendar: expected minutes with 0 <= from < to <= 1440, got ${from_minute} to ${to_minute}; split a slot that passes midnight`,
    );
  return { from: start + from_minute * minuteMs, to: start + to_minute * minuteMs };
}

function union(slots: readonly LocalSlot[]): readonly LocalSlot[] {
  const merged: LocalSlot[] = [];
  for (const slot of [...slots].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && slot.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, slot.to) };
    else merged.push(slot);
  }
  return merged;
}

function without(slots: readonly LocalSlot[], closed: readonly LocalSlot[]): readonly LocalSlot[] {
  return closed.reduce<readonly LocalSlot[]>(
    (left, stretch) =>
      left.flatMap(({ from, to }) => [
        ...(from < Math.min(to, stretch.from) ? [{ from, to: Math.min(to, stretch.from) }] : []),
        ...(Math.max(from, stretch.to) < to ? [{ from: Math.max(from, stretch.to), to }] : []),
      ]),
    slots,
  );
}

function dayOf(on: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(on) ? Date.parse(`${on}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at))
    throw new RangeError(`workingCalendar: expected an override date YYYY-MM-DD, got "${on}"`);
  return at / dayMs;
}
