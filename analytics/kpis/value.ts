import { kaplanMeier, survivalQuantile, type DurationCount } from '../statistics/kaplan-meier.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import { isImmature } from './period.ts';
import type { Kpi, KpiScope, KpiValue } from './kpi.ts';

/** What the warehouse summed for one KPI and part: exact text, null where nothing was known. */
export interface Sums {
  readonly count: number;
  readonly numerator: string | null;
  readonly denominator: string | null;
  /** duration: lengths; snapshot: ages of what is open. */
  readonly durations: readonly DurationCount[];
  /** False when "none found" cannot be told from "not known". */
  readonly assessable: boolean;
}

/** Sums of a part nothing was found in. */
export const noSums: Sums = {
  count: 0,
  numerator: null,
  denominator: null,
  durations: [],
  assessable: true,
};

/** Makes a KPI's value of its sums. */
export function kpiValueOf(kpi: Kpi, sums: Sums, scope: KpiScope): KpiValue {
  const figures = sums.assessable ? figuresOf(kpi, sums) : unknown;
  const tooFew = sums.count > 0 && sums.count < kpi.minimumCount;
  return {
    id: kpi.id,
    ...(tooFew ? { ...figures, value: null, low: null, high: null, p90: null } : figures),
    count: sums.count,
    numerator: sums.numerator,
    denominator: sums.denominator,
    tooFew,
    immature: isImmature(kpi, scope),
  };
}

type Figures = Pick<KpiValue, 'value' | 'amount' | 'low' | 'high' | 'p90' | 'open'>;

const unknown: Figures = {
  value: null,
  amount: null,
  low: null,
  high: null,
  p90: null,
  open: null,
};

function figuresOf(kpi: Kpi, sums: Sums): Figures {
  switch (kpi.kind) {
    case 'ratio':
      return ratio(sums);
    case 'weighted':
      return { ...unknown, value: quotient(sums, kpi.unit === 'basis_points' ? 10_000 : 1) };
    case 'sum':
      return money(sums.numerator);
    case 'count':
      return { ...unknown, value: sums.count };
    case 'duration':
      return duration(sums);
    case 'snapshot':
      return snapshot(kpi, sums);
  }
}

function ratio(sums: Sums): Figures {
  const value = quotient(sums, 1);
  if (value === null) return unknown;
  const interval = wilsonInterval(Number(sums.numerator), Number(sums.denominator));
  return { ...unknown, value, low: interval?.low ?? null, high: interval?.high ?? null };
}

function quotient({ numerator, denominator }: Sums, scale: number): number | null {
  if (numerator === null || denominator === null || Number(denominator) === 0) return null;
  return (Number(numerator) / Number(denominator)) * scale;
}

function money(amount: string | null): Figures {
  return { ...unknown, amount, value: amount === null ? null : Number(amount) };
}

function duration(sums: Sums): Figures {
  const curve = kaplanMeier(sums.durations);
  return {
    ...unknown,
    value: survivalQuantile(curve, 0.5),
    low: survivalQuantile(curve, 0.5, 'low'),
    high: survivalQuantile(curve, 0.5, 'high'),
    p90: survivalQuantile(curve, 0.9),
    open: sums.durations.reduce((open, counted) => open + counted.open, 0),
  };
}

function snapshot(kpi: Kpi, sums: Sums): Figures {
  switch (kpi.measure.of) {
    case 'sum':
      return money(sums.count === 0 ? '0.0000' : sums.numerator);
    case 'median_age':
      return { ...unknown, value: medianAge(sums.durations) };
    case 'greatest':
      return { ...unknown, value: sums.numerator === null ? null : Number(sums.numerator) };
    case 'count':
    case undefined:
      return { ...unknown, value: sums.count };
  }
}

/** Median of whole-day ages, smooth within a day as `survivalQuantile` is. */
function medianAge(ages: readonly DurationCount[]): number | null {
  const closed = ages.map(({ days, ended, open }) => ({ days, ended: ended + open, open: 0 }));
  return survivalQuantile(kaplanMeier(closed), 0.5);
}
