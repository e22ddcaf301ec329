/** A fitted linear model: one coefficient per column, with errors that allow for autocorrelation. */
export interface LinearFit {
  readonly coefficients: readonly number[];
  readonly standard_errors: readonly number[];
  readonly residuals: readonly number[];
  /** Rows less columns: the degrees of the t distribution of an interval. */
  readonly degrees: number;
  /** Covariance of two coefficients, robust and as if the residuals were independent. */
  readonly covariance: readonly (readonly number[])[];
  readonly independent_covariance: readonly (readonly number[])[];
}

/**
 * Ordinary least squares with Newey-West (heteroscedasticity and autocorrelation consistent) errors.
 *
 * Definition  b = (X'X)⁻¹X'y; covariance (X'X)⁻¹ S (X'X)⁻¹ with S the Bartlett-weighted sum of the
 *             autocovariances of x·e up to `lag`, times n / (n − k)
 * Shape       `rows` of equal length in order of time, one value of `y` per row
 * Errors      null when there are no more rows than columns or the columns are not independent
 * Source      W. K. Newey, K. D. West, Econometrica 55 (1987); statsmodels: OLS.fit(cov_type='HAC',
 *             cov_kwds={'maxlags': lag, 'use_correction': True}, use_t=True)
 */
export function neweyWest(
  rows: readonly (readonly number[])[],
  y: readonly number[],
  lag: number,
): LinearFit | null {
  const columns = rows[0]?.length ?? 0;
  const degrees = rows.length - columns;
  if (degrees < 1) return null;
  const inverse = inverted(product(rows, rows));
  if (inverse === null) return null;
  const moments =
    rows[0]?.map((_, column) =>
      dot(
        rows.map((row) => at(row, column)),
        y,
      ),
    ) ?? [];
  const coefficients = inverse.map((row) => dot(row, moments));
  const residuals = rows.map((row, place) => at(y, place) - dot(row, coefficients));
  const scores = rows.map((row, place) => row.map((value) => value * at(residuals, place)));
  const correction = rows.length / degrees;
  const meat = autocovariance(scores, lag);
  const covariance = multiplied(multiplied(inverse, meat), inverse).map((row) =>
    row.map((value) => value * correction),
  );
  return {
    coefficients,
    standard_errors: covariance.map((row, place) => Math.sqrt(Math.max(0, at(row, place)))),
    residuals,
    degrees,
    covariance,
    independent_covariance: inverse.map((row) =>
      row.map((value) => (value * dot(residuals, residuals)) / degrees),
    ),
  };
}

/** The lag usual for a series of that length: ⌊4 (n/100)^(2/9)⌋ (Newey and West, 1994). */
export function usualLag(count: number): number {
  return Math.floor(4 * (count / 100) ** (2 / 9));
}

function autocovariance(
  scores: readonly (readonly number[])[],
  lag: number,
): readonly (readonly number[])[] {
  let sum = product(scores, scores);
  for (let back = 1; back <= Math.min(lag, scores.length - 1); back += 1) {
    const weight = 1 - back / (lag + 1);
    const crossed = product(scores.slice(back), scores.slice(0, -back));
    sum = sum.map((row, i) =>
      row.map((value, j) => value + weight * (at(crossed[i], j) + at(crossed[j], i))),
    );
  }
  return sum;
}

/** Sum over the rows of the outer products of two lists of rows. */
function product(
  left: readonly (readonly number[])[],
  right: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  return (left[0] ?? []).map((_, i) =>
    (right[0] ?? []).map((__, j) =>
      left.reduce((sum, row, place) => sum + at(row, i) * at(right[place], j), 0),
    ),
  );
}

const multiplied = (
  left: readonly (readonly number[])[],
  right: readonly (readonly number[])[],
): readonly (readonly number[])[] =>
  left.map((row) =>
    (right[0] ?? []).map((_, column) =>
      dot(
        row,
        right.map((other) => at(other, column)),
      ),
    ),
  );

/** Inverse by Gauss-Jordan with pivots; null when it is singular. */
function inverted(matrix: readonly (readonly number[])[]): number[][] | null {
  const size = matrix.length;
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  const scale = Math.max(...matrix.flat().map(Math.abs));
  for (let column = 0; column < size; column += 1) {
    const pivot = work
      .slice(column)
      .reduce(
        (best, row, place) =>
          Math.abs(at(row, column)) > Math.abs(at(work[best], column)) ? place + column : best,
        column,
      );
    [work[column], work[pivot]] = [work[pivot] ?? [], work[column] ?? []];
    const head = at(work[column], column);
    if (Math.abs(head) <= scale * 1e-12) return null;
    work[column] = (work[column] ?? []).map((value) => value / head);
    for (const [place, row] of work.entries()) {
      const factor = at(row, column);
      if (place !== column && factor !== 0)
        work[place] = row.map((value, j) => value - factor * at(work[column], j));
    }
  }
  return work.map((row) => row.slice(size));
}

const dot = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, value, place) => sum + value * at(other, place), 0);

const at = (values: readonly number[] | undefined, place: number): number => values?.[place] ?? 0;
