import { kaplanMeier, type DurationCount } from './kaplan-meier.ts';

/** A mean duration up to a horizon, with its standard error, in days. */
export interface RestrictedMean {
  readonly mean: number;
  readonly standard_error: number;
  readonly count: number;
}

/**
 * Restricted mean of durations of which some have not ended: the mean of min(duration, horizon).
 *
 * Definition  area under the Kaplan-Meier curve from 0 to `horizon_days`; variance
 *             Σ (area from t to the horizon)² · d / (n (n − d)) over the lengths t at which d of n ended
 * Units       days
 * Errors      null without durations, or when none reached the horizon and the longest is open, so that the
 *             curve's end is not known
 * Source      J. P. Klein, M. L. Moeschberger, Survival Analysis 4.5 (2003); R: survRM2::rmst1;
 *             lifelines: restricted_mean_survival_time
 */
export function restrictedMean(
  counts: readonly DurationCount[],
  horizon_days: number,
): RestrictedMean | null {
  const known = counts.filter(({ ended, open }) => ended + open > 0);
  const count = known.reduce((sum, { ended, open }) => sum + ended + open, 0);
  const longest = known.reduce((most, { days }) => Math.max(most, days), 0);
  const points = kaplanMeier(known).filter(({ days }) => days < horizon_days);
  const left = points.at(-1)?.survival ?? 1;
  if (count === 0 || (longest < horizon_days && left > 0)) return null;
  let [mean, variance] = [points[0]?.days ?? horizon_days, 0];
  const areas = points.map(
    (point, place) => point.survival * ((points[place + 1]?.days ?? horizon_days) - point.days),
  );
  mean += areas.reduce((sum, area) => sum + area, 0);
  let after = 0;
  for (const [place, { at_risk, ended }] of [...points.entries()].reverse()) {
    after += areas[place] ?? 0;
    if (at_risk > ended) variance += (after * after * ended) / (at_risk * (at_risk - ended));
  }
  return { mean, standard_error: Math.sqrt(variance), count };
}

/** Difference of two restricted means, after less before, with its 95 % interval. */
export function restrictedMeanDifference(
  before: RestrictedMean,
  after: RestrictedMean,
  z = 1.959963984540054,
): { readonly difference: number; readonly low: number; readonly high: number } {
  const difference = after.mean - before.mean;
  const spread = z * Math.hypot(before.standard_error, after.standard_error);
  return { difference, low: difference - spread, high: difference + spread };
}
