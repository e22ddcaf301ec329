/**
 * Wilson score interval of a proportion.
 *
 * Definition  (p + z²/2n ± z·sqrt(p(1−p)/n + z²/4n²)) / (1 + z²/n), without continuity correction
 * Units       fractions 0..1; `z` is the normal quantile, 1.96 for 95 %
 * Errors      null when `count` is 0; throws when `successes` is not within 0..count
 * Source      E. B. Wilson, Probable inference, the law of succession, and statistical inference,
 *             JASA 22 (1927); R: prop.test(x, n, correct = FALSE)
 * Example     wilsonInterval(8, 10) → { low: 0.4902, high: 0.9433 } (rounded)
 */
export function wilsonInterval(
  successes: number,
  count: number,
  z = 1.959963984540054,
): { low: number; high: number } | null {
  if (!(successes >= 0 && successes <= count))
    throw new RangeError(
      `wilsonInterval: expected successes within 0..${count}, got ${successes}; count the same rows in both`,
    );
  if (count === 0) return null;
  const share = successes / count;
  const spread = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  const centre = share + (z * z) / (2 * count);
  const scale = 1 + (z * z) / count;
  return {
    low: successes === 0 ? 0 : (centre - spread) / scale,
    high: successes === count ? 1 : (centre + spread) / scale,
  };
}
