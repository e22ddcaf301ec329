import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  calendarYear,
  comparedScope,
  fiscalPeriodOf,
  fiscalPeriods,
  fiscalYear,
  type FiscalCalendar,
} from '#analytics/kpis/fiscal.ts';
import { checkedDay, daysFrom, shiftedDay } from '#analytics/kpis/period.ts';

const april: FiscalCalendar = { kind: 'months', first_month: 4 };
/** Weeks to Saturday, ending on the one nearest to 31 January. */
const retail: FiscalCalendar = {
  kind: 'weeks',
  pattern: '4-5-4',
  month: 1,
  weekday: 6,
  ends: 'nearest',
};
/** Ends on the last Saturday of September. */
const september: FiscalCalendar = {
  kind: 'weeks',
  pattern: '4-4-5',
  month: 9,
  weekday: 6,
  ends: 'last',
};
const scope = (from: string, to: string) => ({
  company_keys: null,
  from,
  to,
  asOf: '2026-11-20T14:00:00.000Z',
});

test('a fiscal year may begin in any month and is named after the year it ends in', () => {
  const [first, ...others] = fiscalYear(april, 2027);
  expect(first).toEqual({
    from: '2026-04-01',
    to: '2026-05-01',
    year: 2027,
    quarter: 1,
    period: 1,
  });
  expect(others.at(-1)).toMatchObject({ from: '2027-03-01', to: '2027-04-01', quarter: 4 });
  expect(fiscalPeriodOf(calendarYear, '2026-11-20', 'quarter')).toMatchObject({
    from: '2026-10-01',
    to: '2027-01-01',
    year: 2026,
  });
});

test('weeks: the published years of the National Retail Federation, 53 weeks in the one to 3 February 2024', () => {
  const years = [2023, 2024, 2025].map((year) => fiscalYear(retail, year, 'year')[0]);
  expect(years.map((year) => [year?.from, year?.to])).toEqual([
    ['2022-01-30', '2023-01-29'],
    ['2023-01-29', '2024-02-04'],
    ['2024-02-04', '2025-02-02'],
  ]);
  const periods = fiscalYear(retail, 2024);
  expect(periods.map(({ from, to }) => daysFrom(from, to) / 7)).toEqual([
    4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5,
  ]);
});

test('weeks: a year to the last Saturday of September ended on 24 September 2022 and 30 September 2023', () => {
  const ends = [2022, 2023, 2024].map((year) => fiscalYear(september, year, 'year')[0]?.to ?? '');
  expect(ends.map((end) => shiftedDay(end, -1))).toEqual([
    '2022-09-24',
    '2023-09-30',
    '2024-09-28',
  ]);
});

test('every day lies in exactly one period, and the quarters are made of whole periods', () => {
  const calendars = fc.oneof(
    fc.record({
      kind: fc.constant('months' as const),
      first_month: fc.integer({ min: 1, max: 12 }),
    }),
    fc.record({
      kind: fc.constant('weeks' as const),
      pattern: fc.constantFrom('4-4-5' as const, '4-5-4' as const, '5-4-4' as const),
      month: fc.integer({ min: 1, max: 12 }),
      weekday: fc.integer({ min: 1, max: 7 }),
      ends: fc.constantFrom('last' as const, 'nearest' as const),
    }),
  );
  fc.assert(
    fc.property(calendars, fc.integer({ min: 0, max: 12_000 }), (calendar, number) => {
      const day = shiftedDay('2000-01-01', number);
      const period = fiscalPeriodOf(calendar, day);
      const quarter = fiscalPeriodOf(calendar, day, 'quarter');
      expect(period.quarter).toBe(quarter.quarter);
      expect(period.from >= quarter.from && period.to <= quarter.to).toBe(true);
      const covering = fiscalPeriods(calendar, { from: shiftedDay(day, -200), to: day });
      for (const [place, { to }] of covering.entries())
        expect(covering[place + 1]?.from ?? to).toBe(to);
      expect(covering.filter(({ from, to }) => from < day && day <= to)).toHaveLength(1);
    }),
  );
});

test('a period is compared whole with whole, a running one with as many days', () => {
  const compared = (from: string, to: string, calendar: FiscalCalendar = calendarYear) =>
    (['prior_period', 'prior_year'] as const).map((against) => {
      const other = comparedScope(scope(from, to), against, calendar);
      return `${other.from} ${other.to}`;
    });
  expect(compared('2026-03-01', '2026-04-01')).toEqual([
    '2026-02-01 2026-03-01',
    '2025-03-01 2025-04-01',
  ]);
  expect(compared('2026-11-01', '2026-11-21')).toEqual([
    '2026-10-01 2026-10-21',
    '2025-11-01 2025-11-21',
  ]);
  expect(compared('2026-03-01', '2026-03-31')).toEqual([
    '2026-02-01 2026-03-01',
    '2025-03-01 2025-03-31',
  ]);
  expect(compared('2024-02-29', '2024-03-10')).toEqual([
    '2024-02-19 2024-02-29',
    '2023-02-28 2023-03-10',
  ]);
  expect(compared('2023-01-29', '2024-02-04', retail)[1]).toBe('2022-01-30 2023-01-29');
  expect(compared('2026-04-01', '2026-07-01', april)[0]).toBe('2026-01-01 2026-04-01');
});

test('what is no day or no month is refused by name', () => {
  expect(() => checkedDay('2026-02-30')).toThrow('expected a day as YYYY-MM-DD, got "2026-02-30"');
  expect(() => checkedDay("'; drop")).toThrow('expected a day');
  expect(() => fiscalYear({ kind: 'months', first_month: 13 }, 2026)).toThrow(
    'expected first_month from 1 to 12, got 13',
  );
});
