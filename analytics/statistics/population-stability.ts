/** How far a distribution has moved, as a number and a word. */
export interface Stability {
  readonly index: number;
  readonly alarm: 'none' | 'watch' | 'alarm';
}

const bins = 10;
/** Keeps an empty bin from being infinitely far away. */
const leastShare = 0.0001;

/**
 * Population stability index of scores or a feature between two periods.
 *
 * Definition  Ten bins by the earlier period's deciles (equal values stay in one bin); sum of
 *             (now - then) * ln(now / then) over shares, empty bins as 0.0001. Below 0.1 nothing to
 *             do, below 0.25 watch, else alarm.
 * Errors      null when either period is empty: nothing to compare
 * Source      N. Siddiqi, Credit Risk Scorecards (2006), chapter 9
 */
export function populationStability(then: Float64Array, now: Float64Array): Stability | null {
  if (then.length === 0 || now.length === 0) return null;
  const sorted = Float64Array.from(then).sort();
  const edges = Array.from(
    { length: bins - 1 },
    (_, bin) => sorted[Math.ceil(((bin + 1) * sorted.length) / bins) - 1] ?? 0,
  ).filter((edge, index, all) => index === 0 || edge !== all[index - 1]);
  const before = sharesOf(then, edges);
  const after = sharesOf(now, edges);
  const index = before.reduce((sum, share, bin) => {
    const now_share = after[bin] ?? leastShare;
    return sum + (now_share - share) * Math.log(now_share / share);
  }, 0);
  return { index, alarm: index >= 0.25 ? 'alarm' : index >= 0.1 ? 'watch' : 'none' };
}

function sharesOf(values: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    const bin = edges.findIndex((edge) => value <= edge);
    const at = bin === -1 ? edges.length : bin;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((count) => Math.max(leastShare, count / values.length));
}
