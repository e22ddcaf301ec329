import type { Queryable } from '../table.ts';
import { kpiNamed } from './catalogue.ts';
import type {
  Kpi,
  KpiDimension,
  KpiFilters,
  KpiGrain,
  KpiPart,
  KpiPoint,
  KpiScope,
  KpiValue,
} from './kpi.ts';
import { labelsOf } from './labels.ts';
import { bucketLimit, bucketPeriods, isImmature, isIncomplete, type Period } from './period.ts';
import { dimensionColumn, type Split } from './selection.ts';
import { knownSince, sumsOf } from './sums.ts';
import { kpiValueOf, noSums } from './value.ts';

export { kpiRows, kpiRowsStatement, type KpiRows, type KpiRowsPage } from './rows.ts';

/** One KPI for one period and scope; `null` where there is no data. */
export async function kpiValue(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  filters: KpiFilters = {},
): Promise<KpiValue> {
  const sums = await sumsOf(warehouse, [kpi], { scope, filters, split: { by: 'nothing' } });
  const found = sums.get(kpi.id)?.get(null) ?? (await nothingFound(warehouse, kpi, scope));
  return kpiValueOf(kpi, found, scope);
}

/**
 * Many KPIs for one period and scope in few passes over the roll-ups. For a comparison call it
 * again with `previousScope(scope)`.
 *
 * Shape  one value per id, in the order asked
 */
export async function kpiValues(
  warehouse: Queryable,
  ids: readonly string[],
  scope: KpiScope,
): Promise<readonly KpiValue[]> {
  const asked = ids.map(kpiNamed);
  const sums = await sumsOf(warehouse, asked, { scope, filters: {}, split: { by: 'nothing' } });
  return Promise.all(
    asked.map(async (kpi) =>
      kpiValueOf(
        kpi,
        sums.get(kpi.id)?.get(null) ?? (await nothingFound(warehouse, kpi, scope)),
        scope,
      ),
    ),
  );
}

/**
 * A KPI over time, for lines and sparklines.
 *
 * Shape  one point per day, ISO week or month that touches the period, oldest first; a bucket
 *        without data has the value null. Buckets at the edges hold only days of the period.
 */
export async function kpiSeries(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  grain: KpiGrain,
  filters: KpiFilters = {},
): Promise<readonly KpiPoint[]> {
  const series = await seriesOf(warehouse, [kpi], {
    scope,
    split: { by: 'grain', grain },
    filters,
  });
  return series.get(kpi.id) ?? [];
}

/** The series of many KPIs in few passes, by KPI id. */
export async function kpiSeriesOfMany(
  warehouse: Queryable,
  ids: readonly string[],
  scope: KpiScope,
  grain: KpiGrain,
): Promise<ReadonlyMap<string, readonly KpiPoint[]>> {
  return seriesOf(warehouse, ids.map(kpiNamed), {
    scope,
    split: { by: 'grain', grain },
    filters: {},
  });
}

/**
 * A KPI split by a dimension.
 *
 * Shape  one part per value that has rows, the most rows first, at most `limit`; null = not said.
 *        The parts of a sum, count or snapshot add up to the whole when all are taken.
 */
export async function kpiByDimension(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  dimension: KpiDimension,
  options: { readonly filters?: KpiFilters; readonly limit?: number } = {},
): Promise<readonly KpiPart[]> {
  const { filters = {}, limit = 50 } = options;
  dimensionColumn(kpi, dimension);
  const sums = await sumsOf(warehouse, [kpi], {
    scope,
    filters,
    split: { by: 'dimension', dimension },
  });
  const parts = [...(sums.get(kpi.id) ?? new Map<string | null, typeof noSums>())]
    .filter(([, part]) => part.count > 0)
    .sort(([a, one], [b, other]) => other.count - one.count || compared(a, b))
    .slice(0, limit);
  const labels = await labelsOf(
    warehouse,
    dimension,
    parts.flatMap(([part]) => part ?? []),
  );
  return parts.map(([part, found]) => ({
    ...kpiValueOf(kpi, found, scope),
    part,
    label: part === null ? null : (labels.get(part) ?? part),
  }));
}

/**
 * A KPI over consecutive periods of one's own, e.g. those of a fiscal calendar.
 *
 * Shape   one point per period; the scope's own from and to do not matter
 * Errors  throws when the periods are not consecutive, or more than 1,500
 */
export async function kpiSeriesOfPeriods(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  periods: readonly Period[],
  filters: KpiFilters = {},
): Promise<readonly KpiPoint[]> {
  const whole = { ...scope, ...spanOf(periods) };
  const split = { by: 'periods', periods } as const;
  const series = await seriesOf(warehouse, [kpi], { scope: whole, split, filters });
  return series.get(kpi.id) ?? [];
}

async function seriesOf(
  warehouse: Queryable,
  kpis: readonly Kpi[],
  request: { scope: KpiScope; split: TimeSplit; filters: KpiFilters },
): Promise<ReadonlyMap<string, readonly KpiPoint[]>> {
  const { scope, split } = request;
  const historic = kpis.filter((kpi) => kpi.measure.of !== 'greatest');
  const sums = await sumsOf(warehouse, historic, request);
  const periods = split.by === 'grain' ? bucketPeriods(scope, split.grain) : split.periods;
  const unknown = { ...noSums, assessable: false };
  return new Map(
    kpis.map((kpi) => [
      kpi.id,
      periods.map((period) => ({
        bucket: period.from,
        bucket_end: period.to,
        incomplete: isIncomplete(period, scope),
        ...kpiValueOf(kpi, sums.get(kpi.id)?.get(period.from) ?? unknown, scope),
        immature: isImmature(kpi, { ...scope, to: period.to }),
      })),
    ]),
  );
}

type TimeSplit = Extract<Split, { readonly by: 'grain' | 'periods' }>;

function spanOf(periods: readonly Period[]): Period {
  const [first, last] = [periods[0], periods.at(-1)];
  const isGap = periods.some(({ to }, place) => (periods[place + 1]?.from ?? to) !== to);
  if (first === undefined || last === undefined || isGap || periods.length > bucketLimit)
    throw new RangeError(
      `kpi series: expected 1 to ${bucketLimit} periods, each beginning where the one before ends, got ${periods.length}`,
    );
  return { from: first.from, to: last.to };
}

async function nothingFound(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
): Promise<typeof noSums> {
  if (kpi.kind !== 'count' && kpi.kind !== 'snapshot') return noSums;
  const known = kpi.measure.of === 'greatest' ? null : await knownSince(warehouse, kpi, scope);
  return { ...noSums, assessable: known !== null && known < scope.to };
}

function compared(one: string | null, other: string | null): number {
  if (one === other) return 0;
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
