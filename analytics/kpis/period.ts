import type { Kpi, KpiGrain, KpiScope } from './kpi.ts';

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
  const days = Math.round((Date.parse(scope.to) - Date.parse(scope.from)) / 86_400_000);
  return { ...scope, from: shiftedDay(scope.from, -days), to: scope.from };
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

const bucketLimit = 1_500;

/** First day of the bucket after that one. */
export function nextBucket(bucket: string, grain: KpiGrain): string {
  if (grain === 'day') return shiftedDay(bucket, 1);
  if (grain === 'week') return shiftedDay(bucket, 7);
  return `${shiftedDay(`${bucket.slice(0, 7)}-28`, 4).slice(0, 7)}-01`;
}

function bucketStart(day: string, grain: KpiGrain): string {
  if (grain === 'day') return day;
  if (grain === 'month') return `${day.slice(0, 7)}-01`;
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return shiftedDay(day, -weekday);
}

function earlier(one: string, other: string): string {
  return one < other ? one : other;
}
