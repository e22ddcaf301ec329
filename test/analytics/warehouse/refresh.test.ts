import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Connector } from '#ingest/connector.ts';
import { parseModel, readChecks, readModels } from '#analytics/models.ts';
import { rebuildWarehouse, type Warehouse, type WarehouseOptions } from '#analytics/warehouse.ts';
import { dataFolder, land, openPlain, plain, plainOptions, type SourceRow } from './landed.ts';

const models = readModels().filter(({ name }) => !name.startsWith('kpi_'));
let folder: { path: string; remove: () => Promise<void> };
let opened: Warehouse[];

beforeEach(async () => {
  folder = await dataFolder();
  opened = [];
});

afterEach(async () => {
  for (const warehouse of opened) await warehouse.close();
  await folder.remove();
});

async function open(options: Partial<WarehouseOptions> = {}): Promise<Warehouse> {
  const warehouse = await openPlain(folder.path, { models, checks: [], ...options });
  opened.push(warehouse);
  return warehouse;
}

const day = (n: number) => `2026-01-0${n}T00:00:00.000Z`;
const invoice = (id: string, values: SourceRow = {}): SourceRow => ({
  invoice_id: id,
  company_id: 'C1',
  vendor_id: 'V1',
  currency: 'EUR',
  amount_gross: '10.00',
  ...values,
});

test('a file made before a record had a column is built anew at the next refresh', async () => {
  await land(folder.path, { extractedAt: day(1), streams: { invoice: [invoice('I1')] } });
  const before = await open();
  await before.refresh();
  const rows = await before.rows('select * from invoice');
  await before.close();
  const file = await DuckDBInstance.create(join(folder.path, 'warehouse.duckdb'));
  const older = await file.connect();
  await older.run('alter table invoice drop column cost_center');
  older.closeSync();
  file.closeSync();
  const after = await open();
  await land(folder.path, { extractedAt: day(2), streams: { invoice: [invoice('I2')] } });
  await after.refresh();
  expect(await after.rows(`select * from invoice where invoice_id = 'I1'`)).toEqual(rows);
  expect(await after.rows('select count(*)::integer as invoices from invoice')).toEqual([
    { invoices: 2 },
  ]);
});

test('gives every physical row one fate and names why a row was rejected', async () => {
  await land(folder.path, {
    extractedAt: day(1),
    streams: {
      invoice: [
        invoice('I1'),
        invoice('I2', { vendor_id: null }),
        invoice('I3', { amount_gross: '1.00001' }),
        invoice('I4', { currency: 'euro' }),
        invoice('I5', { document_type: 'letter' }),
        invoice('I6', { due_on: '31.01.2026' }),
        invoice('I1', { amount_gross: '12.5' }),
      ],
      nobody: [{ text: 'a' }, { text: 'b' }],
    },
  });
  const warehouse = await open();
  const report = await warehouse.refresh();
  expect(report).toMatchObject({ physical: 9, loaded: 1, rejected: 5, ignored: 3 });
  expect(
    await warehouse.rows(
      'select source_row, code, column_name, value from rejected order by source_row',
    ),
  ).toEqual([
    { source_row: 2, code: 'missing_value', column_name: 'vendor_id', value: null },
    { source_row: 3, code: 'inexact_amount', column_name: 'amount_gross', value: '1.00001' },
    { source_row: 4, code: 'wrong_type', column_name: 'currency', value: 'euro' },
    { source_row: 5, code: 'not_allowed', column_name: 'document_type', value: 'letter' },
    { source_row: 6, code: 'wrong_type', column_name: 'due_on', value: '31.01.2026' },
  ]);
  expect(await warehouse.rows('select reason, row_count from ignored order by 1')).toEqual([
    { reason: 'no record uses this row', row_count: 2 },
    { reason: 'repeated key in batch', row_count: 1 },
  ]);
  expect(await warehouse.rows('select invoice_id, amount_gross from invoice_flow')).toEqual([
    { invoice_id: 'I1', amount_gross: '12.5000' },
  ]);
});

test('keeps the newest version of a key when an older batch arrives later', async () => {
  const warehouse = await open();
  await land(folder.path, {
    extractedAt: day(2),
    streams: { invoice: [invoice('I1', { amount_gross: '2' })] },
  });
  await warehouse.refresh();
  await land(folder.path, {
    extractedAt: day(1),
    streams: { invoice: [invoice('I1', { amount_gross: '1' }), invoice('I2')] },
  });
  await warehouse.refresh();
  expect(await warehouse.rows('select invoice_id, amount_gross from invoice order by 1')).toEqual([
    { invoice_id: 'I1', amount_gross: '2.0000' },
    { invoice_id: 'I2', amount_gross: '10.0000' },
  ]);
  expect(warehouse.asOf).toBe(day(2));
});

test('changes nothing, not even the generation, when there is nothing new', async () => {
  await land(folder.path, { extractedAt: day(1), streams: { invoice: [invoice('I1')] } });
  const warehouse = await open();
  await warehouse.refresh();
  const before = warehouse.generation;
  const report = await warehouse.refresh();
  expect(report.applied).toEqual([]);
  expect(warehouse.generation).toBe(before);
});

test('holds a batch whose control total differs and publishes the others', async () => {
  const held = await land(folder.path, {
    extractedAt: day(1),
    streams: { invoice: [invoice('I1')] },
    change: (manifest) => ({
      ...manifest,
      control_totals: [{ name: 'closing balance', expected: '10.00', actual: '9.99' }],
    }),
  });
  await land(folder.path, { extractedAt: day(2), streams: { invoice: [invoice('I2')] } });
  const warehouse = await open();
  const report = await warehouse.refresh();
  expect(report.held).toEqual([
    {
      batch_id: held,
      held_because: 'control total "closing balance" should be 10.00 but the rows give 9.99',
    },
  ]);
  expect(await warehouse.rows('select invoice_id from invoice')).toEqual([{ invoice_id: 'I2' }]);
  expect(await warehouse.rows(`select status from batch order by extracted_at`)).toEqual([
    { status: 'held' },
    { status: 'published' },
  ]);
});

test('holds a batch of which rows are missing', async () => {
  await land(folder.path, {
    extractedAt: day(1),
    streams: { invoice: [invoice('I1')] },
    change: (manifest) => ({ ...manifest, physical_records: { invoice: 2 } }),
  });
  const warehouse = await open();
  const report = await warehouse.refresh();
  expect(report.held[0]?.held_because).toContain('2 physical records should equal 1 landed rows');
});

test('holds a batch that its staging select does not fit', async () => {
  const strict: Connector = {
    ...plain,
    staging: () => [
      { record: 'invoice', streams: ['invoice'], sql: 'select *, nosuch as due_on from invoice' },
      { record: 'vendor', streams: ['vendor'], sql: 'select * from vendor' },
    ],
  };
  await land(folder.path, { extractedAt: day(1), streams: { invoice: [invoice('I1')] } });
  await land(folder.path, {
    extractedAt: day(2),
    streams: { vendor: [{ vendor_id: 'V1', name: 'Vendor' }] },
  });
  const warehouse = await open({ connectors: [strict] });
  const report = await warehouse.refresh();
  expect(report.held[0]?.held_because).toContain('nosuch');
  expect(report.applied).toHaveLength(1);
});

test('a failing check rolls back: readers keep the old generation', async () => {
  const check = parseModel(
    'no_free_invoice',
    '-- No invoice is about nothing.\nselect invoice_id from invoice_flow where amount_gross = 0',
  );
  await land(folder.path, { extractedAt: day(1), streams: { invoice: [invoice('I1')] } });
  const warehouse = await open({ checks: [check] });
  await warehouse.refresh();
  await land(folder.path, {
    extractedAt: day(2),
    streams: { invoice: [invoice('I2', { amount_gross: '0' })] },
  });
  await expect(warehouse.refresh()).rejects.toThrow(/no_free_invoice.*I2/s);
  expect(warehouse.generation).toBe(1);
  expect(await warehouse.rows('select invoice_id from invoice')).toEqual([{ invoice_id: 'I1' }]);
});

test('a reader during a refresh sees the old world', async () => {
  await land(folder.path, { extractedAt: day(1), streams: { invoice: [invoice('I1')] } });
  const warehouse = await open();
  await warehouse.refresh();
  await land(folder.path, { extractedAt: day(2), streams: { invoice: [invoice('I2')] } });
  const seen: Promise<unknown>[] = [];
  await warehouse.refresh({
    onProgress: () => {
      seen.push(warehouse.rows('select count(*) as n from invoice'));
    },
  });
  expect(seen.length).toBeGreaterThan(5);
  // The last steps may overlap the commit; the first are before it for certain.
  expect(await seen[0]).toEqual([{ n: 1 }]);
  expect(await warehouse.rows('select count(*) as n from invoice')).toEqual([{ n: 2 }]);
});

test('joins rows of several batches and stages the partners of a later one again', async () => {
  const joining: Connector = {
    ...plain,
    staging: () => [
      {
        record: 'invoice',
        streams: ['head', 'item'],
        sql: `select head.id as invoice_id, 'C1' as company_id, 'V1' as vendor_id, 'EUR' as currency,
            sum(item.amount::decimal(18, 2))::varchar as amount_gross, head._row, head._batch_id
          from head join item using (id) group by all`,
        linkedBy: { head: ['id'], item: ['id'] },
      },
    ],
  };
  const warehouse = await open({ connectors: [joining] });
  await land(folder.path, {
    extractedAt: day(1),
    streams: { head: [{ id: 'I1' }, { id: 'I2' }], item: [{ id: 'I1', amount: '1' }] },
  });
  await warehouse.refresh();
  await land(folder.path, {
    extractedAt: day(2),
    streams: {
      item: [
        { id: 'I1', amount: '2' },
        { id: 'I2', amount: '5' },
      ],
    },
  });
  await warehouse.refresh();
  expect(
    await warehouse.rows('select invoice_id, amount_gross from invoice_flow order by 1'),
  ).toEqual([
    { invoice_id: 'I1', amount_gross: '3.0000' },
    { invoice_id: 'I2', amount_gross: '5.0000' },
  ]);
  expect(
    await warehouse.rows(`select loaded, ignored from load_count where stream = 'head'`),
  ).toEqual([{ loaded: 2, ignored: 0 }]);
});

test('a changed rate changes only amounts of its days', async () => {
  const rate = (id: string, on: string, value: string): SourceRow => ({
    fx_rate_id: id,
    rate_on: on,
    from_currency: 'USD',
    to_currency: 'EUR',
    rate: value,
  });
  await land(folder.path, {
    extractedAt: day(5),
    streams: {
      fx_rate: [rate('F1', '2026-01-01', '0.9')],
      invoice: [
        invoice('I1', { currency: 'USD', invoiced_on: '2026-01-01' }),
        invoice('I2', { currency: 'USD', invoiced_on: '2026-01-03' }),
        invoice('I3', { currency: 'CNY', invoiced_on: '2026-01-03' }),
      ],
    },
  });
  const warehouse = await open();
  await warehouse.refresh();
  await land(folder.path, {
    extractedAt: day(6),
    streams: { fx_rate: [rate('F2', '2026-01-02', '0.8')] },
  });
  const report = await warehouse.refresh();
  expect(report.models['invoice_flow']).toBe(1);
  expect(
    await warehouse.rows('select invoice_id, amount_base from invoice_flow order by 1'),
  ).toEqual([
    { invoice_id: 'I1', amount_base: '9.0000' },
    { invoice_id: 'I2', amount_base: '8.0000' },
    { invoice_id: 'I3', amount_base: null },
  ]);
});

test('the checks of the product hold for an ordinary batch', async () => {
  await land(folder.path, { extractedAt: day(1), streams: { invoice: [invoice('I1')] } });
  const warehouse = await open({ checks: readChecks() });
  expect((await warehouse.refresh()).applied).toHaveLength(1);
});

test('a second opening in the process is refused, in another process names the holder', async () => {
  await open();
  await expect(open()).rejects.toThrow('already open in this process');
  const child = spawnOpen(folder.path);
  const [code] = (await once(child.process, 'exit')) as [number];
  expect(code).toBe(1);
  expect(child.output()).toContain(`PID ${process.pid}`);
});

test(
  'a killed refresh leaves a warehouse that opens and goes on',
  { timeout: 60_000 },
  async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => invoice(`I${index}`));
    await land(folder.path, { extractedAt: day(1), streams: { invoice: [invoice('first')] } });
    const before = await open();
    await before.refresh();
    await before.close();
    opened = [];
    await land(folder.path, { extractedAt: day(2), streams: { invoice: rows } });
    for (const delay_ms of [0, 60, 200]) {
      const child = spawnOpen(folder.path);
      await child.line('refreshing');
      await wait(delay_ms);
      child.process.kill('SIGKILL');
      await once(child.process, 'exit');
      const warehouse = await openPlain(folder.path, { models, checks: [] });
      const [found] = await warehouse.rows(
        `select (select count(*) from invoice) as invoices, (select count(*) from invoice_flow) as flows,
         (select count(*) from batch where status = 'published') as batches`,
      );
      expect([
        { invoices: 1, flows: 1, batches: 1 },
        { invoices: 20_001, flows: 20_001, batches: 2 },
      ]).toContainEqual(found);
      await warehouse.close();
    }
    const after = await open();
    await after.refresh();
    expect(await after.rows('select count(*) as n from invoice_flow')).toEqual([{ n: 20_001 }]);
  },
);

test('a damaged file says how to get it back, and rebuilding brings it back', async () => {
  await land(folder.path, { extractedAt: day(1), streams: { invoice: [invoice('I1')] } });
  const warehouse = await open();
  await warehouse.refresh();
  await warehouse.close();
  opened = [];
  const path = join(folder.path, 'warehouse.duckdb');
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, 5000).fill(7, 0, 4096));
  await expect(open()).rejects.toThrow('npx quittance rebuild');
  const report = await rebuildWarehouse(plainOptions(folder.path, { models, checks: [] }));
  expect(report.applied).toHaveLength(1);
  const again = await open();
  expect(await again.rows('select invoice_id from invoice_flow')).toEqual([{ invoice_id: 'I1' }]);
});

function spawnOpen(path: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'refresh-process.ts'), path]);
  let text = '';
  const onData = (data: Buffer) => {
    text += data.toString();
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  return {
    process: child,
    output: () => text,
    line: async (word: string) => {
      while (!text.includes(word) && child.exitCode === null) await wait(10);
    },
  };
}
