import { expect, test } from 'vitest';
import { csvText } from '../../../../web/src/lib/server/export/csv.ts';
import { sumOfDecimals } from '../../../../web/src/lib/server/decimal.ts';

const body = (...cells: (string | number | null)[]): string =>
  csvText({ columns: ['a'], rows: cells.map((cell) => [cell]) })
    .split('\r\n')
    .slice(1, -1)
    .join('|');

test('no cell starts a formula, whatever a vendor calls itself', () => {
  expect(body('=1+1', '+cmd', '-2+3', '@sum(a1)', '\t=1', '|calc')).toBe(
    "'=1+1|'+cmd|'-2+3|'@sum(a1)|'\t=1|'|calc",
  );
});

test('numbers stay numbers, also below zero, and unknown stays empty', () => {
  expect(body('-12.5000', 7, null, '+3')).toBe('-12.5000|7||+3');
});

test('quotes, commas and line ends are kept inside one cell', () => {
  expect(body('a,"b"\nc')).toBe('"a,""b""\nc"');
});

test('notes stand above the head, and the text opens as UTF-8', () => {
  const text = csvText({ notes: ['held only', '2 rows'], columns: ['a', 'b'], rows: [] });
  expect(text).toBe('\ufeff# held only\r\n# 2 rows\r\na,b\r\n');
});

test('amounts add up exactly, and unknown ones are left out', () => {
  expect(sumOfDecimals(['0.1000', '0.2000', null, '-0.0500'])).toBe('0.2500');
  expect(sumOfDecimals(['-0.0001'])).toBe('-0.0001');
  expect(sumOfDecimals(['99999999999999.9999', '0.0001'])).toBe('100000000000000.0000');
  expect(sumOfDecimals([])).toBe('0.0000');
});
