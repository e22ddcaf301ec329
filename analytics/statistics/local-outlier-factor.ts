import { NearestRows } from './nearest-rows.ts';
import { scaleToUnit, type NumericTable } from './numeric-table.ts';

/** Keeps rows that repeat more often than there are neighbours from a division by zero. */
const leastReach = 1e-10;

/**
 * Local outlier factor: how much sparser a row's surroundings are than its neighbours' own.
 *
 * Definition  Columns brought to 0..1, Euclidean distance, exactly `neighbours` neighbours (all
 *             other rows when there are fewer). Density = 1 / (mean reach distance + 1e-10), reach =
 *             max(distance, the neighbour's own distance to its last neighbour); score = mean density
 *             of the neighbours over the row's. 1 for a row without neighbours.
 * Shape       one score per row, about 1 = as dense as around, higher = more unusual
 * Units       memory: 4 bytes per row and neighbour beside the index
 * Source      M. Breunig et al., LOF, SIGMOD (2000); scikit-learn LocalOutlierFactor
 */
export function localOutlierFactor(table: NumericTable, neighbours = 20): Float64Array {
  const index = new NearestRows(scaleToUnit(table));
  const size = Math.min(neighbours, table.rowCount - 1);
  const near = new Int32Array(table.rowCount * size);
  const farthest = new Float64Array(table.rowCount);
  for (let place = 0; place < table.rowCount; place += 1) {
    const { distances, places } = index.nearest(place, size);
    farthest[place] = distances.at(-1) ?? 0;
    near.set(places, place * size);
  }
  const density = farthest.map((_, place) => {
    let reach = 0;
    for (const other of near.subarray(place * size, (place + 1) * size))
      reach += Math.max(index.distance(place, other), farthest[other] ?? 0);
    return 1 / (reach / size + leastReach);
  });
  const scores = new Float64Array(table.rowCount).fill(1);
  for (let place = 0; size > 0 && place < table.rowCount; place += 1) {
    let around = 0;
    for (const other of near.subarray(place * size, (place + 1) * size))
      around += density[other] ?? 0;
    scores[index.rowAt[place] ?? 0] = around / size / (density[place] ?? 1);
  }
  return scores;
}
