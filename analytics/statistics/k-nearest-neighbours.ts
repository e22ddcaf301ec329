import { NearestRows } from './nearest-rows.ts';
import { scaleToUnit, type NumericTable } from './numeric-table.ts';

/**
 * Distance to the k-th nearest other row: rows far from all others are unusual.
 *
 * Definition  Columns brought to 0..1, Euclidean distance, exact. With fewer than k + 1 rows the
 *             farthest there is; 0 for a single row.
 * Shape       one score per row, higher = more unusual
 * Source      S. Ramaswamy et al., Efficient Algorithms for Mining Outliers, SIGMOD (2000)
 */
export function kNearestNeighbours(table: NumericTable, neighbours = 5): Float64Array {
  const index = new NearestRows(scaleToUnit(table));
  const scores = new Float64Array(table.rowCount);
  for (let place = 0; place < table.rowCount; place += 1)
    scores[index.rowAt[place] ?? 0] = index.nearest(place, neighbours).distances.at(-1) ?? 0;
  return scores;
}
