import type { NumericTable } from './numeric-table.ts';

/** The score of an additive method: each column's term added up per row, one column in memory at a time. */
export function sumOfTerms(
  { rowCount, columns }: NumericTable,
  termOf: (column: Float64Array) => Float64Array,
): Float64Array {
  const scores = new Float64Array(rowCount);
  for (const column of columns) {
    const term = termOf(column);
    for (let row = 0; row < rowCount; row += 1) scores[row] = (scores[row] ?? 0) + (term[row] ?? 0);
  }
  return scores;
}
