import type { NumericTable } from './numeric-table.ts';
import { sumOfTerms } from './sum-of-terms.ts';

const binCount = 10;
const floor = 0.1;

/**
 * One column's part of the HBOS score: an exact reason, because the score is the sum of these.
 *
 * Definition  -log2(density of the value's bin + 0.1); ten bins of equal width, density = share of
 *             rows over width. A constant column lies in a bin of width 0.1, as numpy.histogram
 *             does it.
 */
export function hbosTerm(column: Float64Array): Float64Array {
  let least = Infinity;
  let most = -Infinity;
  for (const value of column) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least === most) {
    least -= 0.5;
    most += 0.5;
  }
  const width = most / binCount - least / binCount;
  const edges = Float64Array.from({ length: binCount + 1 }, (_, bin) =>
    bin === binCount ? most : least + bin * width,
  );
  const bins = new Uint8Array(column.length);
  const counts = new Float64Array(binCount);
  for (let row = 0; row < column.length; row += 1) {
    const bin = binOf(column[row] ?? 0, { edges, width });
    bins[row] = bin;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const terms = counts.map((count) => -Math.log2(count / column.length / width + floor));
  return Float64Array.from(bins, (bin) => terms[bin] ?? 0);
}

/** Bin by division, then put right where rounding has crossed an edge. */
function binOf(value: number, of: { edges: Float64Array; width: number }): number {
  const { edges, width } = of;
  let bin = Math.min(Math.floor(value / width - (edges[0] ?? 0) / width), binCount - 1);
  if (!(bin >= 0)) bin = 0;
  if (bin > 0 && value < (edges[bin] ?? 0)) bin -= 1;
  if (bin < binCount - 1 && value >= (edges[bin + 1] ?? 0)) bin += 1;
  return bin;
}

/**
 * HBOS: histogram-based outlier score.
 *
 * Definition  Sum over columns of `hbosTerm`.
 * Shape       one score per row, higher = more unusual; may be negative
 * Source      M. Goldstein, A. Dengel, Histogram-based Outlier Score, KI-2012
 */
export function hbos(table: NumericTable): Float64Array {
  return sumOfTerms(table, hbosTerm);
}
