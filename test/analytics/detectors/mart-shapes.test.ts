import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWarehouse } from '#analytics/warehouse.ts';
import { martShapes, SmallWarehouse } from './small-warehouse.ts';

const shapeQuery = (table: string) =>
  `select column_name, column_type from (describe ${table}) order by column_name`;

test('the small marts of these tests have the shapes of the real ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'quittance-shapes-'));
  const small = await SmallWarehouse.open();
  const warehouse = await openWarehouse({
    dataFolder: folder,
    accountSecret: 'only for this test, thirty-two bytes',
    groupCurrency: 'EUR',
    threads: 1,
  });
  try {
    await warehouse.refresh();
    for (const table of Object.keys(martShapes)) {
      const real = await warehouse.rows(shapeQuery(table));
      const reader = await small.connection.runAndReadAll(shapeQuery(table));
      expect(reader.getRowObjectsJson(), table).toEqual(real);
    }
  } finally {
    await warehouse.close();
    small.close();
    await rm(folder, { recursive: true, force: true });
  }
});
