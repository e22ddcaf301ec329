import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { scorePayments } from '#analytics/learning/payment-families.ts';
import { readPayments } from '#analytics/learning/read-payments.ts';
import { recallAt } from '#analytics/statistics/ranking.ts';
import { combineFamilies, tailProbability } from '#analytics/statistics/tail-probability.ts';

const folder = mkdtempSync(join(tmpdir(), 'quittance-payments-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const city = fileURLToPath(
  new URL('../../../../shared/data/anomaly/phoenix_injected_2017q4.csv.gz', import.meta.url),
);

const columns = { amount: 'amount', vendor: 'vendor', category: 'item', department: 'dept' };
async function scored(name: string, lines: readonly string[]) {
  const path = join(folder, name);
  writeFileSync(path, `date,dept,vendor,item,amount\n${lines.join('\n')}\n`);
  const table = await readPayments(path, columns);
  return { table, ...scorePayments(table.features) };
}

const day = (index: number) =>
  new Date(Date.UTC(2026, 0, 1 + Math.floor(index / 4))).toISOString().slice(0, 10);
const usual = Array.from({ length: 400 }, (_, index) =>
  index % 2 === 0
    ? `${day(index)},Fire,Acme,Hoses,${(120 + ((index * 37) % 91) + 0.37).toFixed(2)}`
    : `${day(index)},Library,Books Ltd,Books,${(40 + ((index * 53) % 67) + 0.11).toFixed(2)}`,
);

describe('scorePayments', () => {
  test('puts ten times an earlier amount first and says so', async () => {
    const { table, scores, explain } = await scored('slip.csv', [
      ...usual,
      '2026-04-20,Fire,Acme,Hoses,1203.70',
    ]);
    const first = scores.indexOf(Math.max(...scores));
    expect(table.rows[first]).toBe(401);
    const { shares } = explain(first);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  test('tells a vendor in a department it never worked for by the pair', async () => {
    const { table, scores, explain } = await scored('pair.csv', [
      ...usual,
      '2026-04-20,Library,Acme,Books,150.37',
    ]);
    const first = scores.indexOf(Math.max(...scores));
    expect(table.rows[first]).toBe(401);
    expect(explain(first).family).toBe('combination');
  });

  test('does not look ahead: later payments leave earlier features as they were', async () => {
    const before = await scored('before.csv', usual);
    const after = await scored('after.csv', [
      ...usual,
      ...usual.map((line) => line.replace(/^\d{4}/, '2027').replace('Fire', 'Library')),
    ]);
    for (const [name, values] of Object.entries(before.table.features.column)) {
      const later = after.table.features.column[name] as Float64Array;
      for (const [row, value] of (values as Float64Array).entries())
        expect(later[row], `${name} of row ${row}`).toBeCloseTo(value, 9);
    }
  });

  test('leaves out amounts that are not above 0 and rows without vendor', async () => {
    const { table, scores } = await scored('odd.csv', [
      ...usual.slice(0, 6),
      '2026-01-01,Fire,Acme,Hoses,0',
      '2026-01-01,Fire,Acme,Hoses,-5',
      '2026-01-01,Fire,,Hoses,5',
    ]);
    expect(table).toMatchObject({ rowCount: 9, left_out: 3 });
    expect(scores).toHaveLength(6);
  });

  test('scores a single payment', async () => {
    const { scores } = await scored('one.csv', usual.slice(0, 1));
    expect([...scores].every(Number.isFinite)).toBe(true);
  });

  test('names a column that is not there', async () => {
    const path = join(folder, 'one.csv');
    await expect(readPayments(path, { ...columns, vendor: 'payee' })).rejects.toThrow(
      /no column payee \(--vendor\); its columns are date, dept, vendor, item, amount/,
    );
  });

  test.runIf(existsSync(city))(
    'finds four of five planted city payments among 500 alerts',
    async () => {
      const table = await readPayments(city, { ...columns, label: 'label' });
      const recall = recallAt(
        500,
        scorePayments(table.features).scores,
        table.isPositive ?? new Uint8Array(),
      );
      expect(recall).toBeGreaterThanOrEqual(0.8);
    },
    120_000,
  );
});

describe('combineFamilies', () => {
  test('ranks by the least tail probability, then by the second', () => {
    const { scores, leading } = combineFamilies([
      Float64Array.of(9, 1, 1, 2),
      Float64Array.of(1, 9, 2, 3),
    ]);
    expect([...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))).toEqual([
      0, 1, 3, 2,
    ]);
    expect([...leading].slice(0, 2)).toEqual([0, 1]);
  });

  test('gives equal scores the same tail probability', () => {
    expect([...tailProbability(Float64Array.of(3, 1, 1, 2))]).toEqual([0.25, 1, 1, 0.5]);
  });
});
