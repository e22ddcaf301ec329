import type { NumericTable } from './numeric-table.ts';
import { sumOfTerms } from './sum-of-terms.ts';
import { tailSurprise } from './tail-surprise.ts';

/**
 * One column's part of the ECOD score: an exact reason, because the score is the sum of these.
 *
 * Definition  max(left, right, the tail that the skewness points to; both tails when symmetric)
 */
export function ecodTerm(column: Float64Array): Float64Array {
  const { left, right, skewness_sign } = tailSurprise(column);
  return left.map((low, row) => {
    const high = right[row] ?? 0;
    return skewness_sign === 0 ? low + high : Math.max(low, high);
  });
}

/**
 * ECOD: empirical-cumulative-distribution outlier detection.
 *
 * Definition  Sum over columns of `ecodTerm`. No parameter, no randomness; blind to combinations.
 * Shape       one score per row, higher = more unusual
 * Source      Z. Li et al., ECOD, IEEE TKDE (2022), algorithm 1
 */
export function ecod(table: NumericTable): Float64Array {
  return sumOfTerms(table, ecodTerm);
}
