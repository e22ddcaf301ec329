import { betaQuantile } from './incomplete-beta.ts';

/**
 * Clopper-Pearson upper bound of a proportion: the conservative one, for decisions.
 *
 * Definition  one-sided; quantile `confidence` of Beta(successes + 1, count − successes). With no
 *             successes 1 − (1 − confidence)^(1/n), about 3/n at 95 %
 * Units       fractions 0..1
 * Errors      1 when `count` is 0: nothing is known; throws when `successes` is not within 0..count
 * Source      C. J. Clopper, E. S. Pearson, The use of confidence or fiducial limits, Biometrika 26
 *             (1934); R: binom.test(x, n, alternative = "less")$conf.int
 * Example     clopperPearsonUpper(0, 298) → 0.0100 (rounded)
 */
export function clopperPearsonUpper(successes: number, count: number, confidence = 0.95): number {
  if (!(successes >= 0 && successes <= count))
    throw new RangeError(
      `clopperPearsonUpper: expected successes within 0..${count}, got ${successes}; count the same rows in both`,
    );
  if (successes === count) return 1;
  return betaQuantile(confidence, successes + 1, count - successes);
}
