import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Warehouse } from '#analytics/warehouse.ts';
import { dataFolder, openPlain } from './landed.ts';

let folder: { path: string; remove: () => Promise<void> };
let warehouse: Warehouse;

beforeAll(async () => {
  folder = await dataFolder();
  warehouse = await openPlain(folder.path, { models: [], checks: [], timeoutMs: 1500 });
});

afterAll(async () => {
  await warehouse.close();
  await folder.remove();
});

const typed = `select 12.5::decimal(18, 4) as amount, 9007199254740993 as large, 7::bigint as small,
  (2::hugeint ** 70)::hugeint as huge, date '2024-02-29' as day_on, timestamp '2026-01-31 17:00:00.25' as at,
  '00000000-0000-0000-0000-000000000001'::uuid as key, ['a', null] as texts, true as yes, 0.5::double as rate,
  '{"a": [1]}'::json as said, {'x': 1.5::decimal(9, 1)} as part, null::decimal(18, 4) as unknown`;

test('rows keep money exact, times in UTC and unknown as null', async () => {
  const [row] = await warehouse.rows(typed);
  expect(row).toEqual({
    amount: '12.5000',
    large: '9007199254740993',
    small: 7,
    huge: '1180591620717411303424',
    day_on: '2024-02-29',
    at: '2026-01-31T17:00:00.250Z',
    key: '00000000-0000-0000-0000-000000000001',
    texts: ['a', null],
    yes: true,
    rate: 0.5,
    said: { a: [1] },
    part: { x: '1.5' },
    unknown: null,
  });
});

test('columns give numbers and times as typed arrays', async () => {
  const { rowCount, column } = await warehouse.columns(
    `select n::bigint as n, case when n > 0 then n / 2 end as half, timestamp '1970-01-01' + interval 1 second * n as at,
       'row ' || n as label, n::decimal(18, 4) as amount from range(3000) as t(n) order by n`,
  );
  expect(rowCount).toBe(3000);
  expect(column['n']).toBeInstanceOf(Float64Array);
  expect(column['half']?.[0]).toBeNaN();
  expect(column['half']?.[2999]).toBe(1499.5);
  expect(column['at']?.[2]).toBe(2000);
  expect(column['label']?.[2048]).toBe('row 2048');
  expect(column['amount']?.[1]).toBe('1.0000');
});

test('arrow carries the same values, chunk by chunk', async () => {
  const table = tableFromIPC(
    await warehouse.arrow(
      `select n::bigint as n, case when n % 2 = 0 then n::decimal(18, 4) - 1 end as amount, '行 ' || n as label,
         date '2026-01-01' + n::int as day_on, timestamp '2026-01-01' + interval 1 second * n as at,
         n % 2 = 0 as even, [n] as list from range(5000) as t(n) order by n`,
    ),
  );
  expect(table.numRows).toBe(5000);
  expect(table.get(4000)?.['n']).toBe(4000n);
  expect(table.get(4001)?.['amount']).toBeNull();
  expect(String(table.get(0)?.['amount'])).toBe('-10000');
  expect(String(table.get(4000)?.['amount'])).toBe('39990000');
  expect(table.get(2049)?.['label']).toBe('行 2049');
  expect(new Date(Number(table.get(1)?.['day_on'])).toISOString()).toBe('2026-01-02T00:00:00.000Z');
  expect(table.get(3)?.['even']).toBe(false);
  expect(table.get(3)?.['list']).toBe('[3]');
});

test('an empty result is an empty table with its columns', async () => {
  const table = tableFromIPC(await warehouse.arrow('select 1::bigint as n where false'));
  expect(table.numRows).toBe(0);
  expect(table.schema.fields.map(({ name }) => name)).toEqual(['n']);
  expect(await warehouse.rows('select 1 as n where false')).toEqual([]);
  expect((await warehouse.columns('select 1::bigint as n where false')).rowCount).toBe(0);
});

test('binds values by name and leaves those the statement does not name', async () => {
  expect(
    await warehouse.rows(
      'select $text as text, $count + 1 as count, $part * 2 as part, $none::varchar as none, list_contains($list, $text) as among',
      {
        text: `'; drop table invoice; --`,
        count: 1,
        part: 0.25,
        none: null,
        list: ['a'],
        other: 1,
      },
    ),
  ).toEqual([{ text: `'; drop table invoice; --`, count: 2, part: 0.5, none: null, among: false }]);
  await expect(warehouse.rows('select $missing')).rejects.toThrow('$missing');
});

test('reads one select only, and nothing outside the raw folder', async () => {
  await expect(warehouse.rows('select 1; drop table invoice')).rejects.toThrow();
  await expect(warehouse.rows('create table x (a int)')).rejects.toThrow('only a select');
  await expect(warehouse.rows(`copy (select 1) to '/tmp/out.csv'`)).rejects.toThrow();
  await expect(warehouse.rows(`select * from read_text('/etc/hostname')`)).rejects.toThrow(
    /file system operations are disabled/,
  );
});

test('refuses more rows than an object per row is good for', async () => {
  await expect(warehouse.rows('select * from range(10001)')).rejects.toThrow('columns()');
});

test('stops a query after the time limit, and the next one works', async () => {
  await expect(
    warehouse.rows(
      'select sum(hash(a.range, b.range)) from range(1000000) as a, range(1000000) as b',
    ),
  ).rejects.toThrow('took longer than 1.5 s');
  expect(await warehouse.rows('select 1 as n')).toEqual([{ n: 1 }]);
});
