import { kaplanMeier, survivalQuantile } from '../statistics/kaplan-meier.ts';
import { restrictedMean, restrictedMeanDifference } from '../statistics/restricted-mean.ts';
import { xmrChart, type XmrChart } from '../statistics/xmr-chart.ts';
import type { Queryable } from '../table.ts';
import {
  checkedBaseline,
  isSameDefinition,
  sumsByPart,
  weeksFrom,
  type Baseline,
} from './baseline.ts';
import { sum } from './exact.ts';
import { interruptedSeries, type Estimate, type InterruptedSeries } from './interrupted-series.ts';
import type { Kpi, KpiPoint, KpiScope, KpiValue } from './kpi.ts';
import { daysFrom, shiftedDay } from './period.ts';
import { kpiSeriesOfPeriods } from './query.ts';
import { kpiValueOf, type Sums } from './value.ts';

/** The difference after less before when every part weighs what it weighed before. */
export interface MixAdjusted {
  readonly difference: number;
  /** Null where the KPI has no variance of its own (weighted by value). */
  readonly low: number | null;
  readonly high: number | null;
  /** Share of the baseline in parts that can be compared, 0..1. */
  readonly covered_rate: number;
}

/** One plain sentence: message `kpi_<id>` with these values, numbers in the KPI's unit. */
export interface Conclusion {
  readonly id:
    | 'effect_better'
    | 'effect_worse'
    | 'effect_changed'
    | 'effect_not_shown'
    | 'effect_not_assessable';
  readonly values: {
    readonly before: number | null;
    readonly after: number | null;
    readonly difference: number | null;
    readonly low: number | null;
    readonly high: number | null;
    readonly adjusted: number | null;
    readonly before_count: number;
    readonly after_count: number;
  };
}

/** A KPI before and after a declared change. */
export interface BeforeAfter {
  readonly kpi_id: string;
  readonly baseline_hash: string;
  /** False when the KPI is defined otherwise now: then the two are not the same measure. */
  readonly same_definition: boolean;
  readonly before: KpiValue;
  readonly after: KpiValue;
  /** All weeks in order, the frozen ones first; the last may be immature and is in no estimate then. */
  readonly weeks: readonly {
    readonly from: string;
    readonly to: string;
    readonly week: number;
    readonly value: number | null;
    readonly count: number;
    readonly in_estimate: boolean;
  }[];
  /** Over the weeks with a value, limits of the frozen ones alone. */
  readonly chart: XmrChart | null;
  readonly series: InterruptedSeries | null;
  readonly mix: MixAdjusted | null;
  /** duration: difference of the restricted means up to `horizon_days`. */
  readonly restricted: (Estimate & { readonly horizon_days: number }) | null;
  readonly conclusion: Conclusion;
}

/** What to compare with the baseline: weeks from the change to `to`, without the first `ramp_up_weeks`. */
export interface AfterRequest extends Pick<KpiScope, 'asOf'> {
  readonly baseline: Baseline;
  readonly to?: string;
  readonly ramp_up_weeks?: number;
}

const mostWeeksAfter = 260;

/**
 * Says whether a declared change changed a KPI, against its frozen baseline.
 *
 * Definition  The estimate of the sentence is the level of the interrupted series; with too few weeks for
 *             that the difference of the restricted means (durations) or of the shares (ratios).
 * Errors      throws when the baseline was altered or the period after the change is empty or too long
 */
export async function beforeAfter(
  warehouse: Queryable,
  kpi: Kpi,
  request: AfterRequest,
): Promise<BeforeAfter> {
  const baseline = checkedBaseline(kpi, request.baseline);
  const { asOf, ramp_up_weeks = 0 } = request;
  const { filters, company_keys, mix_dimension } = baseline;
  const to = [request.to ?? '9999-12-31', shiftedDay(asOf.slice(0, 10), 1)].sort()[0] ?? asOf;
  const count = Math.floor(daysFrom(baseline.to, to) / 7);
  if (count < 1 || count > mostWeeksAfter)
    throw new RangeError(
      `before/after: expected 1 to ${mostWeeksAfter} whole weeks from ${baseline.to} to ${to}, got ${count}`,
    );
  const periods = weeksFrom(baseline.to, count);
  const from = shiftedDay(baseline.to, 7 * Math.min(ramp_up_weeks, count));
  const scope = { company_keys, asOf, from, to: shiftedDay(baseline.to, 7 * count) };
  const [points, parts] = await Promise.all([
    kpiSeriesOfPeriods(warehouse, kpi, { ...scope, from: baseline.to }, periods, filters),
    sumsByPart(warehouse, kpi, { scope, filters, mix_dimension }),
  ]);
  const weeks = weeksOf(baseline, points, ramp_up_weeks);
  const counted = weeks.flatMap(({ week, value, in_estimate }) =>
    value === null || !in_estimate ? [] : [{ week, value }],
  );
  const frozen = { ...scope, asOf: baseline.frozen_as_of, from: baseline.from, to: baseline.to };
  const [before, after] = [pooled(baseline.parts), pooled(parts)];
  const compared = {
    before: kpiValueOf(kpi, before, frozen),
    after: kpiValueOf(kpi, after, scope),
    series: interruptedSeries(counted),
    mix: mix_dimension === null ? null : mixAdjusted(kpi, baseline.parts, parts),
    restricted: restrictedOf(kpi, before, after),
  };
  return {
    kpi_id: kpi.id,
    baseline_hash: baseline.hash,
    same_definition: isSameDefinition(kpi, baseline),
    ...compared,
    weeks,
    chart: xmrChart(
      counted.map(({ value }) => value),
      counted.filter(({ week }) => week < 0).length,
    ),
    conclusion: conclusionOf(kpi, compared, shareDifference(kpi, before, after)),
  };
}

function weeksOf(
  baseline: Baseline,
  points: readonly KpiPoint[],
  rampUpWeeks: number,
): BeforeAfter['weeks'] {
  return [
    ...baseline.weeks.map(({ immature, ...week }, place) => ({
      ...week,
      week: place - baseline.weeks.length,
      in_estimate: !immature,
    })),
    ...points.map(({ bucket, bucket_end, value, count, immature }, week) => ({
      from: bucket,
      to: bucket_end,
      value,
      count,
      week,
      in_estimate: week >= rampUpWeeks && !immature,
    })),
  ];
}

function pooled(parts: Baseline['parts']): Sums {
  return {
    count: parts.reduce((all, { sums }) => all + sums.count, 0),
    numerator: sum(parts.map(({ sums }) => sums.numerator)),
    denominator: sum(parts.map(({ sums }) => sums.denominator)),
    durations: parts.flatMap(({ sums }) => sums.durations),
    assessable: parts.every(({ sums }) => sums.assessable),
  };
}

interface PartDifference {
  readonly weight: number;
  readonly difference: number;
  readonly variance: number | null;
}

/** Direct standardisation to the baseline's mix. */
function mixAdjusted(
  kpi: Kpi,
  before: Baseline['parts'],
  after: Baseline['parts'],
): MixAdjusted | null {
  const later = new Map(after.map(({ part, sums }) => [part, sums]));
  const horizon = horizonOf(pooled(before));
  const differences = before.flatMap(({ part, sums }) => {
    const found = partDifference(kpi, sums, later.get(part), horizon);
    return found === null ? [] : [found];
  });
  const weight = total(differences.map((one) => one.weight));
  const whole = total(before.map(({ sums }) => weightOf(kpi, sums)));
  if (weight === 0 || whole === 0) return null;
  const difference = total(differences.map((one) => one.difference * one.weight)) / weight;
  const variances = differences.map(({ variance, weight: share }) =>
    variance === null ? null : variance * (share / weight) ** 2,
  );
  const known = variances.filter((variance) => variance !== null);
  const spread =
    known.length === variances.length ? 1.959963984540054 * Math.sqrt(total(known)) : null;
  return {
    difference,
    low: spread === null ? null : difference - spread,
    high: spread === null ? null : difference + spread,
    covered_rate: weight / whole,
  };
}

const weightOf = (kpi: Kpi, sums: Sums): number =>
  kpi.kind === 'duration' ? sums.count : Number(sums.denominator ?? 0);

function partDifference(
  kpi: Kpi,
  before: Sums,
  after: Sums | undefined,
  horizonDays: number,
): PartDifference | null {
  if (after === undefined || after.count === 0 || before.count === 0) return null;
  const weight = weightOf(kpi, before);
  if (kpi.kind === 'duration') {
    const means = [before, after].map(({ durations }) => restrictedMean(durations, horizonDays));
    const [one, other] = means;
    if (!one || !other) return null;
    return {
      weight,
      difference: other.mean - one.mean,
      variance: one.standard_error ** 2 + other.standard_error ** 2,
    };
  }
  const [one, other] = [share(kpi, before), share(kpi, after)];
  if (one === null || other === null) return null;
  return {
    weight,
    difference: other.value - one.value,
    variance:
      one.variance === null || other.variance === null ? null : one.variance + other.variance,
  };
}

function share(kpi: Kpi, sums: Sums): { value: number; variance: number | null } | null {
  const denominator = Number(sums.denominator ?? 0);
  if (denominator === 0 || (kpi.kind !== 'ratio' && kpi.kind !== 'weighted')) return null;
  const value = Number(sums.numerator ?? 0) / denominator;
  if (kpi.kind === 'ratio') return { value, variance: (value * (1 - value)) / denominator };
  return { value: kpi.unit === 'basis_points' ? value * 10_000 : value, variance: null };
}

/** Durations are compared up to the age by which nine of ten had ended before the change. */
function horizonOf(before: Sums): number {
  const p90 = survivalQuantile(kaplanMeier(before.durations), 0.9);
  const longest = Math.max(0, ...before.durations.map(({ days }) => days));
  return p90 === null ? longest : Math.ceil(p90);
}

function restrictedOf(kpi: Kpi, before: Sums, after: Sums): BeforeAfter['restricted'] {
  if (kpi.kind !== 'duration') return null;
  const horizon_days = horizonOf(before);
  const [one, other] = [before, after].map(({ durations }) =>
    restrictedMean(durations, horizon_days),
  );
  return one && other ? { ...restrictedMeanDifference(one, other), horizon_days } : null;
}

function shareDifference(kpi: Kpi, before: Sums, after: Sums): Estimate | null {
  const [one, other] = [share(kpi, before), share(kpi, after)];
  if (!one || !other || one.variance === null || other.variance === null) return null;
  const difference = other.value - one.value;
  const spread = 1.959963984540054 * Math.sqrt(one.variance + other.variance);
  return { difference, low: difference - spread, high: difference + spread };
}

function conclusionOf(
  kpi: Kpi,
  found: Pick<BeforeAfter, 'before' | 'after' | 'series' | 'mix' | 'restricted'>,
  shares: Estimate | null,
): Conclusion {
  const estimate = found.series?.level ?? found.restricted ?? shares;
  const values = {
    before: found.before.value,
    after: found.after.value,
    difference: estimate?.difference ?? null,
    low: estimate?.low ?? null,
    high: estimate?.high ?? null,
    adjusted: found.mix?.difference ?? null,
    before_count: found.before.count,
    after_count: found.after.count,
  };
  if (estimate === null || found.before.value === null || found.after.value === null)
    return { id: 'effect_not_assessable', values };
  if (estimate.low <= 0 && estimate.high >= 0) return { id: 'effect_not_shown', values };
  if (kpi.better === 'context') return { id: 'effect_changed', values };
  const isBetter = estimate.difference > 0 === (kpi.better === 'higher');
  return { id: isBetter ? 'effect_better' : 'effect_worse', values };
}

const total = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
