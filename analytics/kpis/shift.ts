import { seasonalResiduals } from '../statistics/seasonal-residual.ts';
import type { Queryable } from '../table.ts';
import type { Kpi, KpiFilters, KpiPoint, KpiScope } from './kpi.ts';
import { kpiSeries } from './query.ts';

/** A period in which a KPI left its usual course by enough to matter. */
export interface KpiShift {
  readonly kpi_id: string;
  readonly bucket: string;
  readonly bucket_end: string;
  readonly value: number;
  readonly expected: number;
  /** In robust standard deviations of its past; infinite where the past never moved. */
  readonly deviation: number;
  readonly direction: 'up' | 'down';
  /** Null for a KPI without a better direction. */
  readonly is_better: boolean | null;
  readonly count: number;
}

/** When a departure counts. `relative` is the least change as a fraction of what was expected. */
export interface ShiftLimits {
  readonly deviation: number;
  readonly relative: number;
  readonly seasons: number;
}

export const usualShiftLimits: ShiftLimits = { deviation: 4, relative: 0.1, seasons: 8 };

/**
 * Watches a KPI by week: what left its usual course, judged by the weeks before alone.
 *
 * Definition  residual after level (median of the last 8 weeks) beyond `deviation` robust standard
 *             deviations and `relative` of what was expected. Weeks that are not over, too young or
 *             with too few rows are neither judged nor learnt from.
 * Shape       oldest first
 */
export async function kpiShifts(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  options: { readonly limits?: ShiftLimits; readonly filters?: KpiFilters } = {},
): Promise<readonly KpiShift[]> {
  const { limits = usualShiftLimits, filters = {} } = options;
  return shiftsOf(kpi, await kpiSeries(warehouse, kpi, scope, 'week', filters), limits);
}

/** The shifts in a series already read. */
export function shiftsOf(
  kpi: Kpi,
  points: readonly KpiPoint[],
  limits: ShiftLimits = usualShiftLimits,
): readonly KpiShift[] {
  const judged = points.flatMap((point) =>
    point.value === null || point.incomplete || point.immature || point.tooFew
      ? []
      : [{ ...point, value: point.value }],
  );
  const residuals = seasonalResiduals(
    judged.map(({ value }) => value),
    { season: 1, seasons: limits.seasons },
  );
  return judged.flatMap(({ bucket, bucket_end, value, count }, place) => {
    const found = residuals[place];
    if (!found || Math.abs(found.deviation) < limits.deviation) return [];
    if (Math.abs(found.residual) < limits.relative * Math.abs(found.expected)) return [];
    const isUp = found.residual > 0;
    return [
      {
        kpi_id: kpi.id,
        bucket,
        bucket_end,
        value,
        expected: found.expected,
        deviation: found.deviation,
        direction: isUp ? 'up' : 'down',
        is_better: kpi.better === 'context' ? null : isUp === (kpi.better === 'higher'),
        count,
      } satisfies KpiShift,
    ];
  });
}
