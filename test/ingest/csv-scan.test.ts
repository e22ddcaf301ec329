import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { fieldsOf, scanCsv } from '#ingest/landing/csv-scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'quittance-csv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows, rejected and ignored records of a text with three columns. */
async function scan(text: string, finalLineBreak: 'required' | 'optional' = 'required') {
  const path = join(folder, 'file.csv');
  writeFileSync(path, text);
  const rows: (string | null)[][] = [];
  const rejected: { row: number; code: string; raw: string }[] = [];
  const result = await scanCsv({
    path,
    delimiter: ',',
    fields: 3,
    finalLineBreak,
    visitor: {
      row: (bytes, start, end) => rows.push(fieldsOf(bytes.subarray(start, end), ',')),
      reject: ({ source_row, code, raw }) => rejected.push({ row: source_row, code, raw }),
    },
  });
  expect(result.rows + result.rejected + result.blank).toBe(result.physical);
  return { ...result, rows, rejected };
}

test('an unterminated quote costs its own line, not its neighbours', async () => {
  const { rows, rejected } = await scan('a,b,c\n1,"x,2\n2,y,3\n3,"z",4\n');
  expect(rejected).toEqual([{ row: 1, code: 'unterminated_quote', raw: '1,"x,2' }]);
  expect(rows.map(([first]) => first)).toEqual(['2', '3']);
});

test('a quote closed by accident three lines later is noticed', async () => {
  const { rows, rejected } = await scan('a,b,c\n1,"x,2\n2,y,3\n3,z",4\n4,u,5\n');
  expect(rejected.map(({ row, code }) => [row, code])).toEqual([[1, 'unterminated_quote']]);
  expect(rows).toHaveLength(3);
});

test('text over several lines, escaped quotes, blank lines and both line breaks are read', async () => {
  const { rows, blank } = await scan('a,b,c\r\n1,"two\r\nlines","say ""hi"""\r\n\r\n2,,""\n');
  expect(rows).toEqual([
    ['1', 'two\r\nlines', 'say "hi"'],
    ['2', null, ''],
  ]);
  expect(blank).toBe(1);
});

test('a row with too few or too many fields is rejected with its line', async () => {
  const { rejected } = await scan('a,b,c\n1,2\n1,2,3\n1,2,3,4\n');
  expect(rejected).toEqual([
    { row: 1, code: 'field_count', raw: '1,2' },
    { row: 3, code: 'field_count', raw: '1,2,3,4' },
  ]);
});

test.each([
  ['in a number', 'a,b,c\n1,2,3\n4,5,6'],
  ['in a row', 'a,b,c\n1,2,3\n4,5'],
  ['in a quoted text', 'a,b,c\n1,2,3\n4,5,"six'],
  ['in a quoted text after a line break', 'a,b,c\n1,2,3\n4,5,"six\n'],
  ['in the second line of a quoted text', 'a,b,c\n1,2,3\n4,5,"six\nseven\n'],
])('a file cut off %s is refused', async (_, text) => {
  await expect(scan(text)).rejects.toThrow(/file\.csv: the file seems to be cut off/u);
});

test('a whole last line without a line break may be allowed', async () => {
  expect((await scan('a,b,c\n1,2,3', 'optional')).rows).toEqual([['1', '2', '3']]);
  await expect(scan('a,b,c\n1,2', 'optional')).rejects.toThrow(/cut off/u);
});

test('a file cut anywhere is refused or has exactly the first records', async () => {
  const whole = 'a,b,c\n1,"x, y",3\n2,"two\nlines",\n3,"say ""hi""",é\r\n4,,5\n';
  const bytes = Buffer.from(whole);
  const { rows } = await scan(whole);
  for (let end = 'a,b,c\n'.length; end < bytes.length; end++) {
    writeFileSync(join(folder, 'cut.csv'), bytes.subarray(0, end));
    const part = await scan(bytes.subarray(0, end).toString('latin1')).catch(
      (error: Error) => error,
    );
    if (part instanceof Error) expect(part.message).toMatch(/cut off/u);
    else {
      expect(bytes[end - 1]).toBe(0x0a);
      expect(part.rejected).toEqual([]);
      expect(part.rows.map(([first]) => first)).toEqual(
        rows.slice(0, part.rows.length).map(([first]) => first),
      );
    }
  }
});

test('whatever the text, every record is a row, rejected or blank, and good rows come back as written', async () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', '1', '"', ',', '\n', ' ', 'é', '金'),
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), async (table) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const lines = table.map((row) => `${row.map(quoted).join(',')}\n`);
      const { rows, rejected } = await scan(`a,b,c\n${lines.join('')}`);
      // Text that looks like several whole records is rejected rather than trusted.
      if (rejected.length === 0) expect(rows).toEqual(table);
      else expect(rejected.every(({ code }) => code !== 'nul_byte')).toBe(true);
    }),
    { numRuns: 150, seed: 7 },
  );
});

test('arbitrary bytes never break the count', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\0'), maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(text, async (body) => {
      await scan(`a,b,c\n${body}\n`).catch((error: Error) =>
        expect(error.message).toMatch(/cut off/u),
      );
    }),
    { numRuns: 300, seed: 7 },
  );
});
