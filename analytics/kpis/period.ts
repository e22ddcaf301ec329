import type { Kpi, KpiGrain, KpiScope } from './kpi.ts';

/** Days from `from` up to but not including `to`, 'YYYY-MM-DD'. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** The day itself. Errors: throws when it is not a day of the calendar written 'YYYY-MM-DD'. */
export function checkedDay(day: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(`${day}T00:00:00Z`));
  if (!isDay || shiftedDay(day, 0) !== day)
    throw new RangeError(`period: expected a day as YYYY-MM-DD, got "${day}"`);
  return day;
}

/** Whole days from one day to another. */
export function daysFrom(day: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${day}T00:00:00Z`)) / 86_400_000);
}

/**
 * True when a period cannot be compared with a full one: it is not over, or cut by the scope.
 *
 * Definition  `through` is the last day with data, by default the day of `asOf`; it counts as over
 */
export function isIncomplete(period: Period, scope: KpiScope, through = asOfDay(scope)): boolean {
  return period.to > shiftedDay(through, 1) || period.from < scope.from || period.to > scope.to;
}

/** The UTC day of `asOf`. */
export function asOfDay(scope: KpiScope): string {
  return scope.asOf.slice(0, 10);
}

/** `day` moved by whole days; 'YYYY-MM-DD' in and out. */
export function shiftedDay(day: string, days: number): string {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

/** End of the period a KPI can speak about: planned days count once they are over. */
export function periodEnd(kpi: Kpi, scope: KpiScope): string {
  return kpi.measure.planned === true ? earlier(scope.to, asOfDay(scope)) : scope.to;
}

/** The moment whose state a snapshot shows: the end of the period, or of today. */
export function snapshotDay(scope: KpiScope): string {
  return earlier(scope.to, shiftedDay(asOfDay(scope), 1));
}

/** True while the period's last day is younger than the KPI's maturity. */
export function isImmature(kpi: Kpi, scope: KpiScope): boolean {
  return kpi.maturityDays > 0 && shiftedDay(scope.to, kpi.maturityDays) > asOfDay(scope);
}

/**
 * The equally long period right before this one, for comparisons.
 *
 * Example  2026-11-01..2026-11-20 → 2026-10-13..2026-11-01
 */
export function previousScope(scope: KpiScope): KpiScope {
  return {
    ...scope,
    from: shiftedDay(scope.from, -daysFrom(scope.from, scope.to)),
    to: scope.from,
  };
}

/** The buckets that cover the period, whole ones also at its edges. */
export function bucketPeriods(scope: KpiScope, grain: KpiGrain): readonly Period[] {
  return bucketsOf(scope, grain).map((from) => ({ from, to: nextBucket(from, grain) }));
}

/** First days of the buckets that cover the period; weeks begin on Monday. */
export function bucketsOf(scope: KpiScope, grain: KpiGrain): readonly string[] {
  const buckets: string[] = [];
  for (let day = bucketStart(scope.from, grain); day < scope.to; day = nextBucket(day, grain)) {
    if (buckets.length === bucketLimit)
      throw new Error(
        `kpi series: ${scope.from}..${scope.to} by ${grain} has more than ${bucketLimit} points; take a coarser grain`,
      );
    buckets.push(day);
  }
  return buckets;
}

/** Points of a series. */
export const bucketLimit = 1_500;

/** First day of the bucket after that one. */
export function nextBucket(bucket: string, grain: KpiGrain): string {
  if (grain === 'day') return shiftedDay(bucket, 1);
  if (grain === 'week') return shiftedDay(bucket, 7);
  const month = `${shiftedDay(`${bucket.slice(0, 7)}-28`, 4).slice(0, 7)}-01`;
  if (grain === 'month') return month;
  if (grain === 'year') return `${Number(bucket.slice(0, 4)) + 1}-01-01`;
  return nextBucket(nextBucket(month, 'month'), 'month');
}

function bucketStart(day: string, grain: KpiGrain): string {
  if (grain === 'day') return day;
  if (grain === 'month') return `${day.slice(0, 7)}-01`;
  if (grain === 'year') return `${day.slice(0, 4)}-01-01`;
  if (grain === 'quarter') {
    const month = Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1;
    return `${day.slice(0, 4)}-${String(month).padStart(2, '0')}-01`;
  }
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return shiftedDay(day, -weekday);
}

function earlier(one: string, other: string): string {
  return one < other ? one : other;
}
