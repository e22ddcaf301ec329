import { describe, expect, test, beforeEach, afterEach } from 'vitest';
import { findingColumns } from '#analytics/detectors/detector.ts';
import { defaultParameters, detectors } from '#analytics/detectors/detectors.ts';
import { SmallWarehouse } from '../analytics/detectors/small-warehouse.ts';

describe.each(detectors.map((detector) => [detector.id, detector] as const))(
  '%s',
  (_id, detector) => {
    let warehouse: SmallWarehouse;
    beforeEach(async () => {
      warehouse = await SmallWarehouse.open();
    });
    afterEach(() => {
      warehouse.close();
    });

    test('finds nothing in an empty warehouse and gives exactly the columns of a finding', async () => {
      const statement = detector.find(defaultParameters(detector), '2026-11-01T00:00:00Z');
      const values = statement.values as Record<string, number | string>;
      const reader = await warehouse.connection.runAndReadAll(statement.sql, values);
      expect(reader.currentRowCount).toBe(0);
      expect(reader.columnNames()).toEqual([...findingColumns]);
    });
  },
);
