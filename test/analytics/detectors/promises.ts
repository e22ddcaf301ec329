import { expect } from 'vitest';
import { detectorNamed } from '#analytics/detectors/detectors.ts';
import { SmallWarehouse, type CellsByColumn, type FoundRow } from './small-warehouse.ts';

/** Rows per table. */
export type Planted = Readonly<Record<string, readonly CellsByColumn[]>>;

/** What the detector finds among these rows, with the models derived from them. */
export async function foundIn(
  id: string,
  planted: Planted,
  parameters: Readonly<Record<string, number>> = {},
): Promise<FoundRow[]> {
  const warehouse = await SmallWarehouse.open();
  try {
    for (const [table, rows] of Object.entries(planted)) await warehouse.insert(table, rows);
    await warehouse.deriveAll();
    return await warehouse.find(detectorNamed(id), parameters);
  } finally {
    warehouse.close();
  }
}

/** Columns by which a row could first have been known, the first filled one counts. */
const knownColumns = [
  'entered_at',
  'requested_at',
  'changed_at',
  'valid_from',
  'created_at',
  'executed_at',
  'settled_at',
  'booked_on',
];

/**
 * Holds a detector to what every finding promises: the same whatever the order of rows, and the
 * same when nothing later than the finding is known.
 */
export async function keepsPromises(id: string, planted: Planted): Promise<FoundRow[]> {
  const found = await foundIn(id, planted);
  const reversed = Object.fromEntries(
    Object.entries(planted).map(([table, rows]) => [table, [...rows].reverse()]),
  );
  const facts = (rows: readonly FoundRow[]) =>
    rows.map(({ subject_key, score }) => [subject_key, score.toFixed(9)]);
  expect(facts(await foundIn(id, reversed))).toEqual(facts(found));
  const first = found[0];
  if (first) {
    const known = (row: CellsByColumn) => {
      const column = knownColumns.find((name) => typeof row[name] === 'string');
      return column === undefined || String(row[column]) <= String(first['found_as_of']);
    };
    const then = Object.fromEntries(
      Object.entries(planted).map(([table, rows]) => [table, rows.filter(known)]),
    );
    expect(facts(await foundIn(id, then))).toContainEqual(facts([first])[0]);
  }
  for (const { score, reasons } of found) {
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThanOrEqual(1);
    expect(reasons.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  }
  return found;
}
