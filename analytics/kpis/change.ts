import { kaplanMeier, survivalQuantile, type DurationCount } from '../statistics/kaplan-meier.ts';
import type { Queryable } from '../table.ts';
import { difference, sum } from './exact.ts';
import type { Kpi, KpiDimension, KpiFilters, KpiScope, KpiValue } from './kpi.ts';
import { labelsOf } from './labels.ts';
import { dimensionColumn } from './selection.ts';
import { sumsOf } from './sums.ts';
import { kpiValueOf, noSums, type Sums } from './value.ts';

/**
 * One part's share in a KPI's change, in the KPI's unit: `contribution` = `within` + `mix`.
 *
 * within  the part itself became better or worse, at the mean of its two weights
 * mix     the part became a larger or smaller share of the whole
 */
export interface ChangePart {
  /** Value of the dimension; null = not said. */
  readonly part: string | null;
  readonly label: string | null;
  /** True for the one part that holds all beyond the limit. */
  readonly is_rest: boolean;
  readonly before: number | null;
  readonly now: number | null;
  readonly before_count: number;
  readonly now_count: number;
  readonly contribution: number;
  readonly within: number;
  readonly mix: number;
  /** money: the contribution as exact text in group currency. */
  readonly amount: string | null;
}

/** A KPI's change between two periods and what made it. `change` is null when one of the values is. */
export interface KpiChange {
  readonly id: string;
  readonly dimension: KpiDimension;
  readonly before: KpiValue;
  readonly now: KpiValue;
  readonly change: number | null;
  /** Of the change: by the parts themselves, and by the shift of weight between them. */
  readonly within: number;
  readonly mix: number;
  /** The greatest effect first; their contributions add up to the change. */
  readonly parts: readonly ChangePart[];
}

/** What to compare, and over what to split. */
export interface ChangeRequest {
  readonly before: KpiScope;
  readonly now: KpiScope;
  readonly dimension: KpiDimension;
  readonly filters?: KpiFilters;
  /** Parts told apart, the ones with the most rows; the others become one. */
  readonly limit?: number;
}

/**
 * Splits the change of a KPI between two periods over the parts of a dimension, exactly.
 *
 * Definition  Sums and counts: each part's own difference; there is no mix. Rates n/d with weight
 *             w = d/D and rate r: within = mean w × Δr, mix = Δw × (mean r − mean of the whole), which
 *             add up because Σ w = 1 in both periods; a part of one period only is all mix.
 *             Medians: the parts' data are exchanged one by one, first their shape and then their
 *             weight, and each step's effect on the median is the part's; the mean of both orders.
 * Shape       a KPI whose values are not known, or of which only the greatest counts, has no parts
 * Source      S. Kitagawa, Components of a difference between two rates, JASA 50 (1955);
 *             L. S. Shapley, A value for n-person games (1953), over two orders
 */
export async function kpiChange(
  warehouse: Queryable,
  kpi: Kpi,
  request: ChangeRequest,
): Promise<KpiChange> {
  const { dimension, filters = {}, limit = 200 } = request;
  dimensionColumn(kpi, dimension);
  const [before, now] = await Promise.all(
    [request.before, request.now].map(async (scope) => {
      const sums = await sumsOf(warehouse, [kpi], {
        scope,
        filters,
        split: { by: 'dimension', dimension },
      });
      return new Map([...(sums.get(kpi.id) ?? [])].filter(([, part]) => part.count > 0));
    }),
  );
  const pairs = pairsOf(before ?? new Map(), now ?? new Map(), limit);
  const labels = await labelsOf(
    warehouse,
    dimension,
    pairs.flatMap(({ part }) => part ?? []),
  );
  return { dimension, ...changeOf(kpi, pairs, request, labels) };
}

interface Pair {
  readonly part: string | null;
  readonly is_rest: boolean;
  readonly before: Sums;
  readonly now: Sums;
}

interface Effect {
  readonly within: number;
  readonly mix: number;
}

function pairsOf(
  before: ReadonlyMap<string | null, Sums>,
  now: ReadonlyMap<string | null, Sums>,
  limit: number,
): readonly Pair[] {
  const pairs = [...new Set([...before.keys(), ...now.keys()])]
    .map((part) => ({
      part,
      is_rest: false,
      before: before.get(part) ?? noSums,
      now: now.get(part) ?? noSums,
    }))
    .sort(
      (a, b) =>
        b.before.count + b.now.count - a.before.count - a.now.count ||
        ((a.part ?? '') < (b.part ?? '') ? -1 : 1),
    );
  const rest = pairs.slice(limit);
  if (rest.length === 0) return pairs;
  return [
    ...pairs.slice(0, limit),
    {
      part: null,
      is_rest: true,
      before: pooled(rest.map((pair) => pair.before)),
      now: pooled(rest.map((pair) => pair.now)),
    },
  ];
}

function changeOf(
  kpi: Kpi,
  pairs: readonly Pair[],
  scopes: { readonly before: KpiScope; readonly now: KpiScope },
  labels: ReadonlyMap<string, string>,
): Omit<KpiChange, 'dimension'> {
  const before = kpiValueOf(kpi, pooled(pairs.map((pair) => pair.before)), scopes.before);
  const now = kpiValueOf(kpi, pooled(pairs.map((pair) => pair.now)), scopes.now);
  const values = { id: kpi.id, before, now };
  if (before.value === null || now.value === null || kpi.measure.of === 'greatest')
    return { ...values, change: null, within: 0, mix: 0, parts: [] };
  const change = now.value - before.value;
  const effects = settled(effectsOf(kpi, pairs), change);
  const parts = pairs.map(({ part, is_rest, ...sums }, position): ChangePart => {
    const { within, mix } = effects[position] ?? { within: 0, mix: 0 };
    return {
      part,
      label: part === null ? null : (labels.get(part) ?? part),
      is_rest,
      before: kpiValueOf(kpi, sums.before, scopes.before).value,
      now: kpiValueOf(kpi, sums.now, scopes.now).value,
      before_count: sums.before.count,
      now_count: sums.now.count,
      contribution: within + mix,
      within,
      mix,
      amount: kpi.unit === 'money' ? difference(sums.now.numerator, sums.before.numerator) : null,
    };
  });
  return {
    ...values,
    change,
    within: total(effects.map(({ within }) => within)),
    mix: total(effects.map(({ mix }) => mix)),
    parts: parts.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
  };
}

function effectsOf(kpi: Kpi, pairs: readonly Pair[]): readonly Effect[] {
  if (kpi.kind === 'ratio' || kpi.kind === 'weighted') return rateEffects(kpi, pairs);
  if (kpi.kind === 'duration' || kpi.measure.of === 'median_age') return medianEffects(kpi, pairs);
  return pairs.map(({ before, now }) => ({
    within:
      kpi.unit === 'money'
        ? Number(difference(now.numerator, before.numerator) ?? 0)
        : now.count - before.count,
    mix: 0,
  }));
}

function rateEffects(kpi: Kpi, pairs: readonly Pair[]): readonly Effect[] {
  const scale = kpi.unit === 'basis_points' ? 10_000 : 1;
  const [before, now] = [
    pooled(pairs.map((pair) => pair.before)),
    pooled(pairs.map((pair) => pair.now)),
  ];
  const usual = (rate(before) + rate(now)) / 2;
  return pairs.map((pair) => {
    const weights = [weight(pair.before, before), weight(pair.now, now)] as const;
    const rateBefore = weights[0] === 0 ? rate(pair.now) : rate(pair.before);
    const rateNow = weights[1] === 0 ? rateBefore : rate(pair.now);
    return {
      within: scale * ((weights[0] + weights[1]) / 2) * (rateNow - rateBefore),
      mix: scale * (weights[1] - weights[0]) * ((rateBefore + rateNow) / 2 - usual),
    };
  });
}

const rate = (sums: Sums): number =>
  Number(sums.denominator ?? 0) === 0 ? 0 : Number(sums.numerator ?? 0) / Number(sums.denominator);
const weight = (part: Sums, whole: Sums): number =>
  Number(part.denominator ?? 0) / Number(whole.denominator);

/** Exchanges the parts' durations one by one, in order and in reverse, and means the two. */
function medianEffects(kpi: Kpi, pairs: readonly Pair[]): readonly Effect[] {
  const forth = medianSteps(kpi, pairs);
  const back = medianSteps(kpi, pairs.toReversed()).toReversed();
  return forth.map((effect, position) => ({
    within: (effect.within + (back[position]?.within ?? 0)) / 2,
    mix: (effect.mix + (back[position]?.mix ?? 0)) / 2,
  }));
}

function medianSteps(kpi: Kpi, pairs: readonly Pair[]): readonly Effect[] {
  const held = pairs.map(({ before }) => durationsOf(kpi, before));
  let reached = median(held);
  const step = (position: number, durations: readonly DurationCount[]): number => {
    held[position] = durations;
    const next = median(held) ?? reached;
    const effect = (next ?? 0) - (reached ?? 0);
    reached = next;
    return effect;
  };
  const within = pairs.map(({ before, now }, position) =>
    now.count === 0 ? 0 : step(position, scaled(durationsOf(kpi, now), before.count / now.count)),
  );
  const mix = pairs.map(({ now }, position) => step(position, durationsOf(kpi, now)));
  return within.map((effect, position) => ({ within: effect, mix: mix[position] ?? 0 }));
}

/** Ages of what is open stand for lengths that ended, as in the KPI's own median. */
const durationsOf = (kpi: Kpi, sums: Sums): readonly DurationCount[] =>
  kpi.kind === 'duration'
    ? sums.durations
    : sums.durations.map(({ days, ended, open }) => ({ days, ended: ended + open, open: 0 }));

const scaled = (durations: readonly DurationCount[], factor: number): readonly DurationCount[] =>
  durations.map(({ days, ended, open }) => ({ days, ended: ended * factor, open: open * factor }));

const median = (parts: readonly (readonly DurationCount[])[]): number | null =>
  survivalQuantile(kaplanMeier(parts.flat().filter(({ ended, open }) => ended + open > 0)), 0.5);

function pooled(parts: readonly Sums[]): Sums {
  return {
    count: total(parts.map(({ count }) => count)),
    numerator: sum(parts.map(({ numerator }) => numerator)),
    denominator: sum(parts.map(({ denominator }) => denominator)),
    durations: parts.flatMap(({ durations }) => durations),
    assessable: true,
  };
}

/** Puts what rounding left over where it is smallest in proportion: into the greatest effect. */
function settled(effects: readonly Effect[], change: number): readonly Effect[] {
  const left = change - total(effects.map(({ within, mix }) => within + mix));
  const greatest = effects.reduce(
    (best, { within, mix }, position) =>
      Math.abs(within + mix) > Math.abs((effects[best]?.within ?? 0) + (effects[best]?.mix ?? 0))
        ? position
        : best,
    0,
  );
  return effects.map((effect, position) =>
    position === greatest ? { ...effect, within: effect.within + left } : effect,
  );
}

const total = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
