/**
 * Quantile of Student's t distribution for a two-sided interval: the factor of the standard error.
 *
 * Definition  x with P(|T| <= x) = confidence, by bisection on the regularised incomplete beta function
 * Errors      throws on degrees below 1 or a confidence outside 0..1
 * Source      W. H. Press et al., Numerical Recipes, 6.4 (1992); R: qt(0.975, degrees)
 * Example     studentQuantile(16) → 2.1199 (rounded)
 */
export function studentQuantile(degrees: number, confidence = 0.95): number {
  if (!(degrees >= 1 && confidence > 0 && confidence < 1))
    throw new RangeError(
      `studentQuantile: expected degrees of at least 1 and a confidence within 0..1, got ${degrees} and ${confidence}`,
    );
  let [low, high] = [0, 1e6];
  for (let step = 0; step < 200 && high - low > 1e-13 * high; step += 1) {
    const middle = (low + high) / 2;
    const outside = incompleteBeta(degrees / (degrees + middle * middle), degrees / 2, 0.5);
    if (1 - outside < confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised incomplete beta function I_x(a, b) by Lentz's continued fraction. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x),
  );
  return (front * continuedFraction(x, a, b)) / a;
}

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 300; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return result;
}

const lanczos: readonly number[] = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** Logarithm of the gamma function for positive numbers (Lanczos, g = 7). */
function logGamma(x: number): number {
  const [first = 0, ...others] = lanczos;
  const shifted = x - 1;
  const series = others.reduce((sum, term, place) => sum + term / (shifted + place + 1), first);
  const base = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}
