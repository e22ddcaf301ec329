import { createHash } from 'node:crypto';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const macros = readFileSync(
  new URL('../../../analytics/refresh/macros.sql', import.meta.url),
  'utf8',
);
let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run(macros.replaceAll('$account_secret', `'secret one'`));
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function valueOf(expression: string): Promise<unknown> {
  const result = await connection.runAndReadAll(`select ${expression}`);
  return result.getRowsJson()[0]?.[0];
}

describe('each macro gives', () => {
  test.each([
    [`parse_date('31.01.2026', '%d.%m.%Y')`, '2026-01-31'],
    [`parse_date('20240229', '%Y%m%d')`, '2024-02-29'],
    [`parse_date('20230229', '%Y%m%d')`, '20230229'],
    [`parse_date('soon', '%d.%m.%Y')`, 'soon'],
    [`parse_date('  ', '%d.%m.%Y')`, null],
    [`parse_date(null, '%d.%m.%Y')`, null],
    [
      `parse_timestamp('31.01.2026 17:00', '%d.%m.%Y %H:%M', 'Europe/Berlin')`,
      '2026-01-31T16:00:00.000000Z',
    ],
    [
      `parse_timestamp('31.07.2026 17:00', '%d.%m.%Y %H:%M', 'Europe/Berlin')`,
      '2026-07-31T15:00:00.000000Z',
    ],
    [
      `parse_timestamp('2026-01-31 17:00:00', '%Y-%m-%d %H:%M:%S', 'Asia/Shanghai')`,
      '2026-01-31T09:00:00.000000Z',
    ],
    [
      `parse_timestamp('2026-01-31 17:00:00', '%Y-%m-%d %H:%M:%S', 'UTC')`,
      '2026-01-31T17:00:00.000000Z',
    ],
    [
      `parse_timestamp('2026-01-31 17:00:00+0200', '%Y-%m-%d %H:%M:%S%z', 'UTC')`,
      '2026-01-31T15:00:00.000000Z',
    ],
    [`parse_timestamp('later', '%Y-%m-%d %H:%M:%S', 'Asia/Shanghai')`, 'later'],
    [`parse_timestamp('', '%Y-%m-%d %H:%M:%S', 'Asia/Shanghai')`, null],
    [`parse_decimal('1.234.567,89', ',')`, '1234567.89'],
    [`parse_decimal('1,234,567.89', '.')`, '1234567.89'],
    [`parse_decimal('1''234.50', '.')`, '1234.50'],
    [`parse_decimal('(1.00)', '.')`, '-1.00'],
    [`parse_decimal('12,50-', ',')`, '-12.50'],
    [`parse_decimal('-3', ',')`, '-3'],
    [`parse_decimal('.5', '.')`, '.5'],
    [`parse_decimal('12 EUR', '.')`, '12 EUR'],
    [`parse_decimal('', ',')`, null],
    [`account_token('DE89 3704 0044')`, tokenOf('DE8937040044')],
    [`account_token(' - ')`, null],
    [`last4('DE89 3704 0044')`, '0044'],
    [`last4(null)`, null],
    [`normal_name('  Müller & Söhne, GmbH ')`, 'muller sohne gmbh'],
    [`normal_name('北京 科技')`, '北京 科技'],
    [`normal_number('inv-00123/a')`, 'INV00123A'],
    [`normal_number('000123')`, '123'],
    [`normal_number('0')`, null],
  ])('%s', async (expression, expected) => {
    expect(await valueOf(expression)).toBe(typeof expected === 'function' ? expected() : expected);
  });
});

test('tokens differ by secret and never show it in the stored catalogue', async () => {
  const first = await valueOf(`account_token('DE1')`);
  const other = await instance.connect();
  await other.run(macros.replaceAll('$account_secret', `'secret two'`));
  const second = (await other.runAndReadAll(`select account_token('DE1')`)).getRows()[0]?.[0];
  expect(first).not.toBe(second);
  const seen = await other.runAndReadAll(
    `select count(*) from duckdb_functions() where macro_definition like '%secret one%'`,
  );
  expect(Number(seen.getRows()[0]?.[0])).toBe(0);
  other.closeSync();
});

/** The token as any other program would compute it. */
function tokenOf(normal: string): () => string {
  return () => createHash('sha256').update(`secret one${normal}`).digest('hex');
}
