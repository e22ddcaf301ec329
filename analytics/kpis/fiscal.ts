import type { KpiScope } from './kpi.ts';
import { checkedDay, daysFrom, shiftedDay, type Period } from './period.ts';

/**
 * How an entity counts its year.
 *
 * months  twelve calendar months from `first_month` (1 = January: the calendar year)
 * weeks   52 or 53 whole weeks in quarters of 13, split by `pattern`; the year ends on `weekday`
 *         (ISO, 1 = Monday), the `last` of `month` or the one `nearest` to that month's last day
 */
export type FiscalCalendar =
  | { readonly kind: 'months'; readonly first_month: number }
  | {
      readonly kind: 'weeks';
      readonly pattern: '4-4-5' | '4-5-4' | '5-4-4';
      readonly month: number;
      readonly weekday: number;
      readonly ends: 'last' | 'nearest';
    };

export const fiscalGrains = ['period', 'quarter', 'year'] as const;
export type FiscalGrain = (typeof fiscalGrains)[number];

/** A period of a fiscal year. `year` is the calendar year in which the fiscal year ends. */
export interface FiscalPeriod extends Period {
  readonly year: number;
  readonly quarter: number | null;
  readonly period: number | null;
}

export const calendarYear: FiscalCalendar = { kind: 'months', first_month: 1 };

/**
 * The periods, quarters or the whole of one fiscal year, in order.
 *
 * Definition  A 53rd week belongs to the last period.
 * Errors      throws on a month outside 1..12 or a weekday outside 1..7
 * Source      National Retail Federation, 4-5-4 calendar; 53rd week as published there
 */
export function fiscalYear(
  calendar: FiscalCalendar,
  year: number,
  grain: FiscalGrain = 'period',
): readonly FiscalPeriod[] {
  const starts = periodStarts(calendar, year);
  const sizes = { period: 1, quarter: 3, year: 12 } as const;
  const size = sizes[grain];
  return Array.from({ length: 12 / size }, (_, place) => ({
    from: starts[place * size] ?? '',
    to: starts[(place + 1) * size] ?? '',
    year,
    quarter: grain === 'year' ? null : Math.floor((place * size) / 3) + 1,
    period: grain === 'period' ? place + 1 : null,
  }));
}

/** The fiscal period, quarter or year a day lies in. */
export function fiscalPeriodOf(
  calendar: FiscalCalendar,
  day: string,
  grain: FiscalGrain = 'period',
): FiscalPeriod {
  const near = Number(checkedDay(day).slice(0, 4));
  const found = [near - 1, near, near + 1]
    .flatMap((year) => fiscalYear(calendar, year, grain))
    .find(({ from, to }) => from <= day && day < to);
  if (found === undefined) throw new RangeError(`fiscal calendar: no ${grain} holds ${day}`);
  return found;
}

/** All fiscal periods that touch the days asked for, in order. */
export function fiscalPeriods(
  calendar: FiscalCalendar,
  days: Period,
  grain: FiscalGrain = 'period',
): readonly FiscalPeriod[] {
  const [first, last] = [days.from, shiftedDay(days.to, -1)].map(
    (day) => fiscalPeriodOf(calendar, day, 'year').year,
  );
  if (first === undefined || last === undefined || first > last) return [];
  return Array.from({ length: last - first + 1 }, (_, place) => first + place)
    .flatMap((year) => fiscalYear(calendar, year, grain))
    .filter(({ from, to }) => from < days.to && to > days.from);
}

export type Comparison = 'prior_period' | 'prior_year';

/**
 * What a scope is compared with: the fiscal period before, or the same one a year earlier.
 *
 * Definition  A scope that is a fiscal period, quarter or year, or its beginning, is compared with the
 *             same number of days of the one before, whole with whole. Any other scope moves back by
 *             its own length, or to the same days a year earlier (52 weeks in a calendar of weeks).
 */
export function comparedScope(
  scope: KpiScope,
  against: Comparison,
  calendar: FiscalCalendar = calendarYear,
): KpiScope {
  const fiscal = fiscalGrains
    .map((grain) => ({ grain, period: fiscalPeriodOf(calendar, scope.from, grain) }))
    .find(({ period }) => period.from === scope.from && scope.to <= period.to);
  if (fiscal === undefined) return { ...scope, ...movedDays(scope, against, calendar) };
  const other = earlierPeriod(calendar, fiscal.period, fiscal.grain, against);
  if (scope.to === fiscal.period.to) return { ...scope, from: other.from, to: other.to };
  const to = shiftedDay(other.from, daysFrom(scope.from, scope.to));
  return { ...scope, from: other.from, to: to < other.to ? to : other.to };
}

function earlierPeriod(
  calendar: FiscalCalendar,
  period: FiscalPeriod,
  grain: FiscalGrain,
  against: Comparison,
): Period {
  if (against === 'prior_period')
    return fiscalPeriodOf(calendar, shiftedDay(period.from, -1), grain);
  const place = fiscalYear(calendar, period.year, grain).findIndex(
    ({ from }) => from === period.from,
  );
  return fiscalYear(calendar, period.year - 1, grain)[place] ?? period;
}

function movedDays(scope: Period, against: Comparison, calendar: FiscalCalendar): Period {
  if (against === 'prior_year' && calendar.kind === 'months')
    return { from: yearEarlier(scope.from), to: yearEarlier(scope.to) };
  const days = against === 'prior_year' ? 364 : daysFrom(scope.from, scope.to);
  return { from: shiftedDay(scope.from, -days), to: shiftedDay(scope.to, -days) };
}

/** 29 February has no day a year earlier: 28 February stands in. */
function yearEarlier(day: string): string {
  const [year, rest] = [Number(day.slice(0, 4)) - 1, day.slice(4)];
  const isLeapDay = rest === '-02-29';
  return `${year}${isLeapDay ? '-02-28' : rest}`;
}

/** First days of the twelve periods of a fiscal year, and of the next year. */
function periodStarts(calendar: FiscalCalendar, year: number): readonly string[] {
  if (calendar.kind === 'months') {
    within('first_month', calendar.first_month, 12);
    const firstYear = calendar.first_month === 1 ? year : year - 1;
    return Array.from({ length: 13 }, (_, place) =>
      monthStart(firstYear, calendar.first_month + place),
    );
  }
  const first = shiftedDay(yearEnd(calendar, year - 1), 1);
  const weeks = calendar.pattern.split('-').map(Number);
  const starts = [first];
  for (let place = 0; place < 11; place += 1)
    starts.push(shiftedDay(starts[place] ?? first, 7 * (weeks[place % 3] ?? 0)));
  return [...starts, shiftedDay(yearEnd(calendar, year), 1)];
}

function yearEnd(calendar: Extract<FiscalCalendar, { kind: 'weeks' }>, year: number): string {
  within('month', calendar.month, 12);
  within('weekday', calendar.weekday, 7);
  const lastDay = shiftedDay(monthStart(year, calendar.month + 1), -1);
  const back = (weekdayOf(lastDay) - calendar.weekday + 7) % 7;
  return shiftedDay(lastDay, calendar.ends === 'nearest' && back > 3 ? 7 - back : -back);
}

/** First day of a month; months beyond 12 are those of the next year. */
function monthStart(year: number, month: number): string {
  const years = Math.floor((month - 1) / 12);
  return `${year + years}-${String(month - 12 * years).padStart(2, '0')}-01`;
}

const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

function within(name: string, value: number, greatest: number): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= greatest))
    throw new RangeError(`fiscal calendar: expected ${name} from 1 to ${greatest}, got ${value}`);
}
