import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { addDecimals, decimalOf, decimalText } from '#ingest/connectors/camt053/decimal.ts';
import { readXml } from '#ingest/connectors/camt053/xml-elements.ts';
import { dataFolder, land, manifestOf, refreshed } from './loaded.ts';

const fixture = new URL('../../ingest/connectors/camt053/fixtures/statement.xml', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'quittance-camt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a statement cut at any byte is refused', async () => {
  const whole = readFileSync(fixture);
  const closing = whole.lastIndexOf('>');
  for (let end = 0; end <= closing; end += 7) {
    const path = join(folder, 'cut.xml');
    writeFileSync(path, whole.subarray(0, end));
    const reading = readXml(path, { begins: () => false, element: () => undefined });
    const read = async () => {
      while (!(await reading.next()).done);
    };
    await expect(read()).rejects.toThrow(/cut\.xml/u);
  }
});

test('overlapping statements keep each line once and equal lines of one statement apart', async () => {
  const data = await dataFolder();
  const first = join(folder, 'monday.xml');
  const second = join(folder, 'tuesday.xml');
  const text = readFileSync(fixture, 'utf8');
  writeFileSync(first, text);
  writeFileSync(second, text.replaceAll('<Id>2026-03</Id>', '<Id>2026-03-b</Id>'));
  const reports = await land(data, { name: 'bank', connector: 'camt053', settings: {} }, [
    first,
    second,
  ]);
  expect(reports.map((report) => manifestOf(report).streams['entry']?.rows)).toEqual([5, 5]);
  const warehouse = await refreshed(data);
  expect(
    await warehouse.rows(
      'select remittance, count(*)::integer as n from bank_line group by all order by 1',
    ),
  ).toEqual([
    { remittance: 'COFFEE', n: 2 },
    { remittance: 'RE 44/1', n: 1 },
    { remittance: 'RE 45', n: 1 },
  ]);
});

test('amounts are added exactly', () => {
  const sum = ['0.1', '0.2', '-1000000000000.00001'].map(
    (text) => decimalOf(text) ?? { units: 0n, scale: 0 },
  );
  expect(decimalText(sum.reduce(addDecimals))).toBe('-999999999999.70001');
  expect(decimalOf('1e3')).toBeUndefined();
  expect(decimalOf('')).toBeUndefined();
});
