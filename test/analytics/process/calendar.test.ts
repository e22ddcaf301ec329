import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addWorkingMs,
  calendarRuleFor,
  officeHours,
  workingCalendar,
  workingMs,
  workingTimes,
  type CalendarRule,
} from '#analytics/process/calendar.ts';
import { publicHolidays } from '#analytics/process/holidays.ts';

const hour = 3_600_000;
const at = (text: string) => Date.parse(text);

/** Minute by minute with Intl: what the prefix sums must equal. */
function bruteForce(rule: CalendarRule, from: number, to: number): number {
  const clock = new Intl.DateTimeFormat('en-CA', {
    timeZone: rule.time_zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const holidays =
    rule.holidays === null
      ? []
      : publicHolidays(
          rule.holidays,
          { from: new Date(from).getUTCFullYear() - 1, to: new Date(to).getUTCFullYear() + 1 },
          rule.time_zone,
        );
  let worked = 0;
  for (let minute = from; minute < to; minute += 60_000) {
    const part = Object.fromEntries(
      clock.formatToParts(minute).map(({ type, value }) => [type, value]),
    );
    const on = `${part['year']}-${part['month']}-${part['day']}`;
    const minutes = Number(part['hour']) * 60 + Number(part['minute']);
    const weekday = new Date(`${on}T00:00:00Z`).getUTCDay() || 7;
    const override = rule.overrides.findLast((day) => day.on === on);
    const slots = override?.slots ?? rule.week.filter((slot) => slot.weekday === weekday);
    const isClosed =
      override === undefined &&
      holidays.some(({ from_ms, to_ms }) => from_ms <= minute && minute < to_ms);
    if (!isClosed && slots.some((slot) => slot.from_minute <= minutes && minutes < slot.to_minute))
      worked += 60_000;
  }
  return worked;
}

const slot = fc
  .tuple(fc.integer({ min: 0, max: 1_439 }), fc.integer({ min: 1, max: 1_440 }))
  .filter(([from, to]) => from < to)
  .map(([from_minute, to_minute]) => ({ from_minute, to_minute }));

/** Days around which clocks change, holidays fall or years turn. */
const moments = [
  '2026-03-29',
  '2026-10-25',
  '2026-03-08',
  '2026-11-01',
  '2026-04-05',
  '2026-10-04',
  '2026-12-24',
  '2025-12-31',
  '2024-02-28',
  '2026-05-14',
];
const ruleAndSpan = fc.record({
  time_zone: fc.constantFrom(
    'Europe/Amsterdam',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Asia/Shanghai',
    'UTC',
  ),
  country: fc.constantFrom(null, 'NL', 'US', 'CN', 'DE'),
  week: fc.array(
    fc.tuple(fc.integer({ min: 1, max: 7 }), slot).map(([weekday, times]) => ({
      weekday,
      ...times,
    })),
    { maxLength: 14 },
  ),
  overrides: fc.array(
    fc.record({ on: fc.constantFrom(...moments), slots: fc.array(slot, { maxLength: 3 }) }),
    { maxLength: 4 },
  ),
  day: fc.constantFrom(...moments),
  start: fc.integer({ min: -2_880, max: 2_880 }),
  length: fc.integer({ min: 0, max: 5_760 }),
});

describe('working time', () => {
  test('equals a count minute by minute: clock changes, overlapping slots, holidays, overrides', () => {
    fc.assert(
      fc.property(ruleAndSpan, ({ time_zone, country, week, overrides, day, start, length }) => {
        const rule: CalendarRule = {
          time_zone,
          week,
          holidays: country === null ? null : { country },
          overrides,
        };
        const from = at(`${day}T00:00:00Z`) + start * 60_000;
        const to = from + length * 60_000;
        const calendar = workingCalendar(rule, { from_ms: from - 9e9, to_ms: to + 9e9 });
        expect(workingMs(calendar, from, to)).toBe(bruteForce(rule, from, to));
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  test('adding what was worked comes back to the last worked moment', () => {
    fc.assert(
      fc.property(ruleAndSpan, fc.integer({ min: 0, max: 30 * 60 }), (given, minutes) => {
        const rule = { ...officeHours(given.time_zone), overrides: given.overrides };
        const from = at(`${given.day}T00:00:00Z`) + given.start * 60_000;
        const calendar = workingCalendar(rule, { from_ms: from, to_ms: from + 90 * 24 * hour });
        const end = addWorkingMs(calendar, from, minutes * 60_000);
        expect(workingMs(calendar, from, end)).toBe(minutes * 60_000);
      }),
      { numRuns: 200 },
    );
  });

  test('a night shift counts the repeated hour twice and the skipped one not at all', () => {
    const rule = {
      ...officeHours('Europe/Amsterdam'),
      week: [{ weekday: 7, from_minute: 0, to_minute: 360 }],
    };
    const calendar = workingCalendar(rule, {
      from_ms: at('2026-01-01T00:00:00Z'),
      to_ms: at('2027-01-01T00:00:00Z'),
    });
    const sunday = (on: string) =>
      workingMs(calendar, at(`${on}T00:00:00Z`) - 6 * hour, at(`${on}T00:00:00Z`) + 20 * hour) /
      hour;
    expect(sunday('2026-03-29')).toBe(5);
    expect(sunday('2026-10-25')).toBe(7);
    expect(sunday('2026-06-07')).toBe(6);
  });

  test('holidays close a day, an override opens it, a make-up Saturday and a half day count', () => {
    const rule: CalendarRule = {
      ...officeHours('Asia/Shanghai', { country: 'CN' }),
      overrides: [
        { on: '2026-10-10', slots: [{ from_minute: 540, to_minute: 1_020 }] },
        { on: '2026-12-31', slots: [{ from_minute: 540, to_minute: 720 }] },
      ],
    };
    const calendar = workingCalendar(rule, {
      from_ms: at('2026-09-01T00:00:00Z'),
      to_ms: at('2027-01-31T00:00:00Z'),
    });
    const day = (on: string) =>
      workingMs(calendar, at(`${on}T00:00:00+08:00`), at(`${on}T23:59:00+08:00`)) / hour;
    expect(day('2026-10-01')).toBe(0);
    expect(day('2026-10-10')).toBe(8);
    expect(day('2026-12-31')).toBe(3);
    expect(day('2027-01-04')).toBe(8);
  });

  test('a person is over the role, the role over the entity, and absences add up', () => {
    const rule = calendarRuleFor(
      {
        standard: officeHours('UTC'),
        entities: { nl: { time_zone: 'Europe/Amsterdam', holidays: { country: 'NL' } } },
        roles: { treasury: { week: [{ weekday: 1, from_minute: 600, to_minute: 660 }] } },
        persons: { ada: { overrides: [{ on: '2026-06-01', slots: [] }] } },
      },
      { entity: 'nl', role: 'treasury', person: 'ada' },
    );
    expect(rule.time_zone).toBe('Europe/Amsterdam');
    expect(rule.week).toHaveLength(1);
    expect(rule.holidays).toEqual({ country: 'NL' });
    expect(rule.overrides).toEqual([{ on: '2026-06-01', slots: [] }]);
  });

  test('is unknown outside its span and refuses what it cannot read', () => {
    const calendar = workingCalendar(officeHours('UTC'), {
      from_ms: at('2026-01-01T00:00:00Z'),
      to_ms: at('2026-02-01T00:00:00Z'),
    });
    expect(workingMs(calendar, at('1948-01-01T00:00:00Z'), at('2026-01-05T12:00:00Z'))).toBeNaN();
    const span = { from_ms: 0, to_ms: hour };
    expect(() => workingCalendar(officeHours('Europe/Atlantis'), span)).toThrow(/IANA zone/);
    expect(() => workingCalendar(officeHours('UTC', { country: 'ZZ' }), span)).toThrow(/ISO 3166/);
    expect(() =>
      workingCalendar(
        { ...officeHours('UTC'), week: [{ weekday: 1, from_minute: 1_200, to_minute: 300 }] },
        span,
      ),
    ).toThrow(/split a slot/);
    expect(() =>
      workingCalendar({ ...officeHours('UTC'), overrides: [{ on: '1.5.2026', slots: [] }] }, span),
    ).toThrow(/YYYY-MM-DD/);
  });

  test('a million intervals take well under a second', () => {
    const count = 1_000_000;
    const begin = at('2024-01-01T00:00:00Z');
    const calendar = workingCalendar(officeHours('Europe/Amsterdam', { country: 'NL' }), {
      from_ms: begin,
      to_ms: begin + 800 * 24 * hour,
    });
    const from = Float64Array.from({ length: count }, (_, index) => begin + index * 37_123);
    const to = from.map((value, index) => value + ((index * 7_919) % 4_000) * 60_000);
    const started = performance.now();
    const worked = workingTimes(calendar, from, to);
    const elapsed = performance.now() - started;
    expect(worked.every((value) => value >= 0)).toBe(true);
    expect(elapsed).toBeLessThan(1_000);
  });
});
