/** A group's count of successes. */
export interface GroupCount {
  readonly successes: number;
  readonly count: number;
}

/**
 * Rates of small groups drawn towards their common mean (empirical Bayes, Beta-binomial).
 *
 * Definition  Beta prior by the method of moments over the groups; rate = (successes + a) / (count + a + b).
 *             Groups that differ no more than chance would all get the common rate.
 * Shape       one rate per group, null where nothing was counted at all
 * Source      R. S. Kleinman, Proportions with extraneous variance, JASA 68 (1973)
 */
export function pooledRates(groups: readonly GroupCount[]): readonly (number | null)[] {
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  if (count === 0) return groups.map(() => null);
  const mean = groups.reduce((sum, group) => sum + group.successes, 0) / count;
  const used = groups.filter((group) => group.count > 0);
  const spread = used.reduce(
    (sum, group) => sum + group.count * (group.successes / group.count - mean) ** 2,
    0,
  );
  const scale = count - used.reduce((sum, group) => sum + group.count ** 2, 0) / count;
  const between = scale > 0 ? (spread - (used.length - 1) * mean * (1 - mean)) / scale : 0;
  if (!(between > 0)) return groups.map(() => mean);
  const strength = Math.max(0, (mean * (1 - mean)) / between - 1);
  return groups.map((group) => (group.successes + strength * mean) / (group.count + strength));
}
