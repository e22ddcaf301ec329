import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWarehouse, type Warehouse } from '#analytics/warehouse.ts';
import { setApplication, type Application } from '../../../../web/src/lib/server/application.ts';
import { exportResponse } from '../../../../web/src/lib/server/export/export-response.ts';
import {
  rowsStatement,
  type ExportTable,
} from '../../../../web/src/lib/server/export/export-table.ts';
import { unzipped } from './unzipped.ts';

let folder: string;
let warehouse: Warehouse;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quittance-export-'));
  warehouse = await openWarehouse({ dataFolder: folder, accountSecret: 's', groupCurrency: 'EUR' });
  setApplication({ warehouse, asOf: () => '2026-11-19T14:12:00.000Z' } as unknown as Application);
});
afterAll(async () => {
  setApplication(undefined);
  await warehouse.close();
  rmSync(folder, { recursive: true });
});

const types = {
  vendor: 'VARCHAR',
  status: 'VARCHAR',
  amount: 'DECIMAL(18,4)',
  rate: 'DOUBLE',
  payments: 'BIGINT',
  due_on: 'DATE',
  seen_at: 'TIMESTAMP',
  urgent: 'BOOLEAN',
} as const;
const table: ExportTable = {
  name: 'payments',
  title: "Payments: Q/1 [all]'s",
  filter: ["vendor is O'Neil; <b>", 'all entities'],
  columns: Object.keys(types).map((name) => ({
    name,
    label: `The ${name}`,
    ...(name === 'status' ? { words: (code: string) => `word for ${code}` } : {}),
    ...(name === 'rate' ? { isRate: true as const } : {}),
  })),
  statement: rowsStatement(types, [
    {
      vendor: '=1+1',
      status: 'held',
      amount: '-1234.5600',
      rate: 0.25,
      payments: 3,
      due_on: '2024-02-29',
      seen_at: '2026-11-19T06:30:15Z',
      urgent: true,
    },
    { vendor: '张三 & "Söhne"', amount: '12345678901234.5678', payments: 0, urgent: false },
    { vendor: '+cmd|calc', amount: '0.0000' },
  ]),
};

/** What another DuckDB reads in a file. */
async function readBack(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRows();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

const fileOf = async (form: string, of: ExportTable = table): Promise<Buffer> =>
  Buffer.from(await (await exportResponse(form, of)).arrayBuffer());

test('a CSV has its filter and row count above the head, exact values and no formula', async () => {
  const lines = (await fileOf('csv')).toString('utf8').slice(1).trim().split('\r\n');
  expect(lines.slice(1, 5)).toEqual([
    "# vendor is O'Neil; <b>",
    '# all entities',
    '# 3 rows',
    '# as of 2026-11-19T14:12:00.000Z',
  ]);
  expect(lines.slice(5)).toEqual([
    'vendor,status,amount,rate,payments,due_on,seen_at,urgent',
    "'=1+1,held,-1234.5600,0.25,3,2024-02-29,2026-11-19T06:30:15.000Z,true",
    '"张三 & ""Söhne""",,12345678901234.5678,,0,,,false',
    "'+cmd|calc,,0.0000,,,,,",
  ]);
});

test('a workbook has typed cells, texts that are never formulas, and what it is on a second sheet', async () => {
  const parts = unzipped(await fileOf('xlsx'));
  const sheet = parts.get('xl/worksheets/sheet1.xml') ?? '';
  const strings = [...(parts.get('xl/sharedStrings.xml') ?? '').matchAll(/<si>.*?<\/si>/gs)].map(
    ([entry]) => entry.replaceAll(/<[^>]+>/g, ''),
  );
  const cells = new Map(
    [...sheet.matchAll(/<c r="([A-Z]+\d+)"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)].map(
      ([, place = '', attributes = '', inner = '']) => [
        place,
        {
          type: /t="(\w+)"/.exec(attributes)?.[1] ?? 'n',
          value: /<v>(.*?)<\/v>/.exec(inner)?.[1] ?? inner.replaceAll(/<[^>]+>/g, ''),
        },
      ],
    ),
  );
  const text = (place: string): string | undefined => {
    const cell = cells.get(place);
    return cell?.type === 's' ? strings[Number(cell.value)] : cell?.value;
  };
  expect(sheet).not.toContain('<f>');
  expect(text('A1')).toBe('The vendor');
  expect([text('A2'), cells.get('A2')?.type]).toEqual(['=1+1', 's']);
  expect(text('B2')).toBe('word for held');
  expect(cells.get('C2')).toEqual({ type: 'n', value: '-1234.56' });
  // Eighteen digits do not fit a spreadsheet's number: the exact text stands there.
  expect(text('C3')).toBe('12345678901234.5678');
  expect(cells.get('D2')).toEqual({ type: 'n', value: '0.25' });
  // 29 February 2024 is day 45351 of a spreadsheet, in whatever zone the server runs.
  expect(cells.get('F2')).toEqual({ type: 'n', value: '45351' });
  expect(Number(cells.get('G2')?.value)).toBeCloseTo(46345 + (6.5 * 60 + 0.25) / 1440, 9);
  expect(cells.get('H2')).toEqual({ type: 'b', value: '1' });
  expect(cells.get('H4')?.value ?? '').toBe('');
  const styles = parts.get('xl/styles.xml') ?? '';
  for (const format of ['@', '#,##0.00##', '0.0%', 'yyyy-mm-dd hh:mm:ss'])
    expect(styles).toContain(`formatCode="${format}"`);
  const about = parts.get('xl/worksheets/sheet2.xml') ?? '';
  const said = [...about.matchAll(/t="s"[^>]*><v>(\d+)<\/v>/g)].map(
    ([, at]) => strings[Number(at)],
  );
  expect(said).toContain("vendor is O'Neil; &lt;b&gt; · all entities");
  expect(about).toMatch(/<v>3<\/v>/);
});

test('Parquet and Arrow keep types, order, and the filter and row count as metadata', async () => {
  const path = join(folder, 'read-back.parquet');
  writeFileSync(path, await fileOf('parquet'));
  const rows = await readBack(
    `select vendor, amount::varchar, typeof(amount), due_on::varchar, typeof(seen_at) from '${path}'`,
  );
  expect(rows).toEqual([
    ['=1+1', '-1234.5600', 'DECIMAL(18,4)', '2024-02-29', 'TIMESTAMP'],
    ['张三 & "Söhne"', '12345678901234.5678', 'DECIMAL(18,4)', null, 'TIMESTAMP'],
    ['+cmd|calc', '0.0000', 'DECIMAL(18,4)', null, 'TIMESTAMP'],
  ]);
  const metadata = await readBack(
    `select decode(key), decode(value) from parquet_kv_metadata('${path}') order by 1`,
  );
  const said = [
    ['as_of', '2026-11-19T14:12:00.000Z'],
    ['filter', "vendor is O'Neil; <b> · all entities"],
    ['row_count', '3'],
    ['title', "Payments: Q/1 [all]'s"],
  ];
  expect(metadata).toEqual(said);

  const arrow = tableFromIPC(await fileOf('arrow'));
  expect([...arrow.schema.metadata].sort()).toEqual(said);
  expect(arrow.numRows).toBe(3);
  expect(String(arrow.getChild('vendor')?.get(1))).toBe('张三 & "Söhne"');
});

test('a table of no rows is a file with its head, in every form', async () => {
  const empty = { ...table, statement: rowsStatement(types, []) };
  expect((await fileOf('csv', empty)).toString('utf8')).toContain('# 0 rows');
  expect(unzipped(await fileOf('xlsx', empty)).get('xl/worksheets/sheet1.xml')).toContain('A1');
  expect(tableFromIPC(await fileOf('arrow', empty)).numRows).toBe(0);
  expect((await fileOf('parquet', empty)).toString('latin1')).toContain('PAR1');
});

test('keeps the order of a long table', async () => {
  const long: ExportTable = {
    ...table,
    columns: [{ name: 'at', label: 'At' }],
    statement: { sql: 'select range as at from range(300000) order by hash(range), range' },
  };
  const wanted = (await warehouse.columns(long.statement.sql)).column['at'];
  const given = tableFromIPC(await fileOf('arrow', long)).getChild('at');
  const path = join(folder, 'order.parquet');
  writeFileSync(path, await fileOf('parquet', long));
  const read = await readBack(`select "at" from '${path}'`);
  const places = [0, 1, 150_000, 299_999];
  expect(places.map((row) => Number(given?.get(row)))).toEqual(places.map((row) => wanted?.[row]));
  expect(places.map((row) => Number(read[row]?.[0]))).toEqual(places.map((row) => wanted?.[row]));
});

test('refuses more rows than a file holds instead of leaving some out', async () => {
  const many = (count: number): ExportTable => ({
    ...table,
    columns: [{ name: 'at', label: 'At' }],
    statement: { sql: `select range as at from range(${count})` },
  });
  await expect(exportResponse('xlsx', many(100_001))).rejects.toMatchObject({ status: 413 });
  await expect(exportResponse('csv', many(500_001))).rejects.toMatchObject({ status: 413 });
  await expect(exportResponse('pdf', table)).rejects.toMatchObject({ status: 404 });
});

test('writes nothing but selects, and nothing stays behind', async () => {
  await expect(warehouse.parquet('delete from batch', {}, {})).rejects.toThrow('only a select');
  await expect(warehouse.parquet("select 1) to '/tmp/x' (select 2", {}, {})).rejects.toThrow();
  expect(readdirSync(join(folder, 'temporary', 'export'))).toEqual([]);
});
