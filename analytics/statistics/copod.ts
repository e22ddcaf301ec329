import type { NumericTable } from './numeric-table.ts';
import { sumOfTerms } from './sum-of-terms.ts';
import { tailSurprise } from './tail-surprise.ts';

/**
 * One column's part of the COPOD score: an exact reason, because the score is the sum of these.
 *
 * Definition  max(the tail that the skewness points to, mean of both tails); both added when symmetric
 */
export function copodTerm(column: Float64Array): Float64Array {
  const { left, right, skewness_sign } = tailSurprise(column);
  return left.map((low, row) => {
    const high = right[row] ?? 0;
    const pointed = skewness_sign === 0 ? low + high : skewness_sign > 0 ? high : low;
    return Math.max(pointed, (low + high) / 2);
  });
}

/**
 * COPOD: copula-based outlier detection.
 *
 * Definition  Sum over columns of `copodTerm`. No parameter, no randomness.
 * Shape       one score per row, higher = more unusual
 * Source      Z. Li et al., COPOD: Copula-Based Outlier Detection, IEEE ICDM (2020)
 */
export function copod(table: NumericTable): Float64Array {
  return sumOfTerms(table, copodTerm);
}
