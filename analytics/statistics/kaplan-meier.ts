/** How many durations of one length ended, and how many were still open at that age. */
export interface DurationCount {
  readonly days: number;
  readonly ended: number;
  readonly open: number;
}

/** One step of the survival curve: share not ended after `days`, with its 95 % band (null at 0). */
export interface SurvivalPoint {
  readonly days: number;
  readonly at_risk: number;
  readonly ended: number;
  readonly survival: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Kaplan-Meier curve of durations of which some have not ended yet.
 *
 * Definition  product over the lengths t of (1 − ended/at risk); a duration open at t is at risk at t.
 *             Band: S·exp(±z·se) with Greenwood's se, as R's default `conf.type = "log"`.
 * Shape       one point per length at which something ended, ascending; counts in any order,
 *             equal lengths may repeat
 * Source      E. L. Kaplan, P. Meier, Nonparametric estimation from incomplete observations,
 *             JASA 53 (1958); R: survival::survfit
 */
export function kaplanMeier(
  counts: readonly DurationCount[],
  z = 1.959963984540054,
): readonly SurvivalPoint[] {
  const points: SurvivalPoint[] = [];
  let atRisk = counts.reduce((sum, { ended, open }) => sum + ended + open, 0);
  let survival = 1;
  let variance = 0;
  for (const { days, ended, open } of mergedByDays(counts)) {
    if (ended > 0) {
      survival *= 1 - ended / atRisk;
      variance += ended / (atRisk * (atRisk - ended));
      const spread = Math.exp(z * Math.sqrt(variance));
      points.push({
        days,
        at_risk: atRisk,
        ended,
        survival,
        low: survival > 0 ? survival / spread : null,
        high: survival > 0 ? Math.min(1, survival * spread) : null,
      });
    }
    atRisk -= ended + open;
  }
  return points;
}

/**
 * The length by which a share of the durations has ended, smooth within a day.
 *
 * Definition  d whole days stand for (d − ½, d + ½], over which the curve falls evenly; not below 0.
 *             Where the curve rests at that share, the middle of the rest, as R does. Without open
 *             durations and rest this is Python's `statistics.median_grouped` at share 0.5.
 * Units       days; `band` reads the lower or upper band of the curve instead
 * Errors      null while the curve has not come down that far
 */
export function survivalQuantile(
  points: readonly SurvivalPoint[],
  share: number,
  band: 'survival' | 'low' | 'high' = 'survival',
): number | null {
  const level = 1 - share;
  let before = 1;
  for (const [position, point] of points.entries()) {
    const after = point[band] ?? (band === 'high' ? Infinity : 0);
    if (Math.abs(after - level) < tolerance) {
      const next = points[position + 1];
      return next === undefined ? point.days + 0.5 : (point.days + next.days) / 2;
    }
    if (after < level) {
      const fraction = Math.min(1, (before - level) / (before - after));
      return Math.max(0, point.days - 0.5 + fraction);
    }
    before = after;
  }
  return null;
}

const tolerance = 1e-12;

function mergedByDays(counts: readonly DurationCount[]): readonly DurationCount[] {
  const byDays = new Map<number, { days: number; ended: number; open: number }>();
  for (const { days, ended, open } of counts) {
    const merged = byDays.get(days) ?? { days, ended: 0, open: 0 };
    merged.ended += ended;
    merged.open += open;
    byDays.set(days, merged);
  }
  return [...byDays.values()].sort((a, b) => a.days - b.days);
}
