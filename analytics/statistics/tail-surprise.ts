/** How far into its column's two tails each value lies, as -ln of the share of rows at least as extreme. */
export interface TailSurprise {
  /** -ln of the share of rows with a value at most this one. */
  readonly left: Float64Array;
  /** -ln of the share of rows with a value at least this one. */
  readonly right: Float64Array;
  /** Sign of the column's skewness: 1 long right tail, -1 long left tail, 0 symmetric or constant. */
  readonly skewness_sign: -1 | 0 | 1;
}

/**
 * Empirical tail probabilities of one column, from which ECOD and COPOD are summed.
 *
 * Definition  left = -ln(#{<= x} / n), right = -ln(#{>= x} / n); equal values count alike.
 *             Skewness is the third central moment over the 3/2 power of the second.
 * Shape       one value per row; the column must hold finite numbers (`completeTable`)
 * Source      Z. Li et al., ECOD: Unsupervised Outlier Detection Using Empirical Cumulative
 *             Distribution Functions, IEEE TKDE (2022)
 */
export function tailSurprise(column: Float64Array): TailSurprise {
  const count = column.length;
  const sorted = Float64Array.from(column).sort();
  const left = new Float64Array(count);
  const right = new Float64Array(count);
  const distinct: number[] = [];
  const starts: number[] = [];
  for (let row = 0; row < count; row += 1) {
    const value = sorted[row] ?? 0;
    if (row === 0 || value !== sorted[row - 1]) {
      distinct.push(value);
      starts.push(row);
    }
  }
  starts.push(count);
  const values = Float64Array.from(distinct);
  const leftOf = values.map((_, index) => -Math.log((starts[index + 1] ?? count) / count));
  const rightOf = values.map((_, index) => -Math.log((count - (starts[index] ?? 0)) / count));
  for (let row = 0; row < count; row += 1) {
    const place = placeOf(values, column[row] ?? 0);
    left[row] = leftOf[place] ?? 0;
    right[row] = rightOf[place] ?? 0;
  }
  return { left, right, skewness_sign: skewnessSign(column) };
}

/** Index of a value that is among the sorted distinct values. */
function placeOf(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function skewnessSign(column: Float64Array): -1 | 0 | 1 {
  let mean = 0;
  for (const value of column) mean += value / column.length;
  let largest = 0;
  for (const value of column) largest = Math.max(largest, Math.abs(value - mean));
  if (largest === 0) return 0;
  // In units of the largest deviation, so that no power overflows.
  let third = 0;
  for (const value of column) third += ((value - mean) / largest) ** 3;
  return third > 0 ? 1 : third < 0 ? -1 : 0;
}
