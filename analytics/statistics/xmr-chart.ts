/** A signal that a process has changed: which of the four run rules a point completes. */
export const runRules = [
  'outside_limits',
  'two_of_three',
  'four_of_five',
  'eight_on_one_side',
] as const;
export type RunRule = (typeof runRules)[number];

/** A chart of single values and moving ranges. */
export interface XmrChart {
  readonly mean: number;
  readonly moving_range_mean: number;
  readonly low: number;
  readonly high: number;
  /** Per value, in order: the rules it completes. */
  readonly signals: readonly (readonly RunRule[])[];
}

/**
 * Control chart of single values (XmR).
 *
 * Definition  Mean and mean moving range of the first `baseline` values; limits mean ± 2.66 × mean moving
 *             range, which is three standard deviations. Rules: one value outside; two of three beyond
 *             two thirds of the way to a limit; four of five beyond one third; eight on one side.
 * Errors      null with fewer than two values in the baseline
 * Source      D. J. Wheeler, Understanding Variation (1993); Western Electric, Statistical Quality
 *             Control Handbook (1956)
 */
export function xmrChart(values: readonly number[], baseline = values.length): XmrChart | null {
  const base = values.slice(0, baseline);
  if (base.length < 2) return null;
  const mean = base.reduce((sum, value) => sum + value, 0) / base.length;
  const ranges = base.slice(1).map((value, place) => Math.abs(value - (base[place] ?? value)));
  const moving_range_mean = ranges.reduce((sum, range) => sum + range, 0) / ranges.length;
  const third = (2.66 * moving_range_mean) / 3;
  return {
    mean,
    moving_range_mean,
    low: mean - 3 * third,
    high: mean + 3 * third,
    signals: values.map((_, place) => signalsAt(values, place, { mean, third })),
  };
}

function signalsAt(
  values: readonly number[],
  place: number,
  { mean, third }: { readonly mean: number; readonly third: number },
): readonly RunRule[] {
  const value = values[place] ?? mean;
  const side = Math.sign(value - mean);
  const beyond = (last: number, thirds: number): number =>
    values
      .slice(Math.max(0, place - last + 1), place + 1)
      .filter((one) => side !== 0 && side * (one - mean) > thirds * third).length;
  const isBeyond = (thirds: number): boolean => side * (value - mean) > thirds * third;
  return runRules.filter((rule) => {
    switch (rule) {
      case 'outside_limits':
        return isBeyond(3);
      case 'two_of_three':
        return isBeyond(2) && beyond(3, 2) >= 2;
      case 'four_of_five':
        return isBeyond(1) && beyond(5, 1) >= 4;
      case 'eight_on_one_side':
        return beyond(8, 0) === 8;
    }
  });
}
