import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readTable } from '#analytics/learning/read-table.ts';
import { scoreTable } from '#analytics/learning/score-table.ts';
import { scorers, type ScorerName } from '#analytics/learning/scorers.ts';
import { measuredSets } from './numbers.ts';

const folder = mkdtempSync(join(tmpdir(), 'quittance-score-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const names = Object.keys(scorers) as ScorerName[];
const clock = () => performance.now();

/** The names in the reference's file of figures. */
const measuredNames = {
  ecod: 'ECOD',
  copod: 'COPOD',
  hbos: 'HBOS',
  knn: 'kNN5',
} as const;

/** ROC-AUC below the means of three seeds that were measured for this autoencoder. */
const autoencoderFigures: Readonly<Record<string, number>> = {
  WBC: 0.98,
  cardio: 0.88,
  mammography: 0.84,
  shuttle: 0.98,
};

describe.each(measuredSets)('$name', ({ name: set, path, rows, detectors }) => {
  test.each(Object.entries(measuredNames))(
    '%s equals the measured figures to 4 decimals',
    async (name, measured) => {
      const figures = detectors[measured];
      if (figures === undefined) return;
      const table = await readTable(path, 'label');
      expect(table.rowCount).toBe(rows);
      const scored = await scoreTable(table, {
        scorer: scorers[name as ScorerName],
        seed: 0,
        repeats: 1,
        clock,
      });
      expect(scored.roc_auc).toBeCloseTo(figures.roc_auc, 4);
      expect(scored.average_precision).toBeCloseTo(figures.average_precision, 4);
    },
  );

  test('isolation forest lies within two standard deviations of the measured mean', async () => {
    const figures = detectors['IForest'];
    const table = await readTable(path, 'label');
    const { roc_auc } = await scoreTable(table, {
      scorer: scorers['isolation-forest'],
      seed: 0,
      repeats: 5,
      clock,
    });
    const tolerance = Math.max(0.01, 2 * (figures?.roc_auc_sd ?? 0));
    expect(Math.abs((roc_auc ?? 0) - (figures?.roc_auc ?? 0))).toBeLessThanOrEqual(tolerance);
  }, 240_000);

  const leastOfAutoencoder = autoencoderFigures[set];
  if (leastOfAutoencoder !== undefined)
    test('autoencoder ranks as well as it was measured to', async () => {
      const table = await readTable(path, 'label');
      const { roc_auc } = await scoreTable(table, {
        scorer: scorers.autoencoder,
        seed: 0,
        repeats: 3,
        clock,
      });
      expect(roc_auc).toBeGreaterThan(leastOfAutoencoder);
    });

  test('local outlier factor differs by equal distances at most', async () => {
    const figures = detectors['LOF20'];
    if (figures === undefined) return;
    const table = await readTable(path, 'label');
    const scored = await scoreTable(table, { scorer: scorers.lof, seed: 0, repeats: 1, clock });
    expect(scored.roc_auc).toBeCloseTo(figures.roc_auc, 2);
    expect(scored.average_precision).toBeCloseTo(figures.average_precision, 1);
  });
});

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe.each(names)('%s', (name) => {
  const scored = async (file: string, text: string, label?: string) => {
    const table = await readTable(written(file, text), label);
    return scoreTable(table, { scorer: scorers[name], seed: 3, repeats: 2, clock });
  };
  const isDefined = (scores: Float64Array) => scores.every(Number.isFinite);

  test('defines a score for missing, infinite, constant and enormous values', async () => {
    const result = await scored(
      'odd.csv',
      'a,b,c,d\n1,,7,1e308\nnan,2,7,-1e308\ninf,3,7,0\n-inf,NA,7,5\n2,4,7,1e-308\n',
    );
    expect(result.missing).toBe(3);
    expect(result.infinite).toBe(2);
    expect(result.scores).toHaveLength(5);
    expect(isDefined(result.scores)).toBe(true);
  });

  test('scores a single row, and a column without any value', async () => {
    const result = await scored('one.csv', 'a,b\n1,\n');
    expect(result.scores).toHaveLength(1);
    expect(isDefined(result.scores)).toBe(true);
  });

  test('scores equal rows alike', async () => {
    const { scores } = await scored('equal.csv', `a,b\n${'1,2\n'.repeat(60)}`);
    expect(new Set(scores).size).toBe(1);
  });

  test('scores 300 columns, and puts the row that differs in all of them first', async () => {
    const row = (value: (column: number) => number) =>
      Array.from({ length: 300 }, (_, column) => value(column)).join(',');
    const text = [
      row((column) => column).replaceAll(/\d+/g, 'c$&'),
      ...Array.from({ length: 40 }, (_, line) =>
        row((column) => ((line * 7 + column * 13) % 11) / 10),
      ),
      row(() => 50),
    ].join('\n');
    const { scores } = await scored('wide.csv', `${text}\n`);
    expect(scores.indexOf(Math.max(...scores))).toBe(40);
  });

  test('compares nothing when all labels are of one class', async () => {
    const result = await scored('class.csv', 'a,label\n1,0\n2,0\n3,0\n', 'label');
    expect(result).toMatchObject({ roc_auc: null, average_precision: null });
    const all = await scored('class.csv', 'a,label\n1,1\n2,1\n3,1\n', 'label');
    expect(all).toMatchObject({ roc_auc: null, average_precision: null });
  });

  test('gives the same scores for the same seed', async () => {
    const text = `a,b\n${Array.from({ length: 50 }, (_, row) => `${row % 7},${(row * row) % 11}`).join('\n')}\n`;
    expect((await scored('seed.csv', text)).scores).toEqual(
      (await scored('seed.csv', text)).scores,
    );
  });
});

describe('readTable', () => {
  test('leaves texts and dates out by name, and reads numbers written as text', async () => {
    const table = await readTable(
      written('mixed.csv', 'a,when,name,wide\n1,2026-01-02,x,inf\n2,2026-01-03,y,3\n'),
      undefined,
    );
    expect(table.names).toEqual(['a', 'wide']);
    expect(table.ignored.map(({ column }) => column)).toEqual(['when', 'name']);
  });

  test('reads a label in words', async () => {
    const table = await readTable(written('words.csv', 'a,kind\n1,regular\n2,local\n3,\n'), 'kind');
    expect([...(table.isPositive ?? [])]).toEqual([0, 1, 0]);
  });

  test.each([
    ['texts only', 'a,b\nx,y\nz,w\n', undefined, /no column of numbers.*a: varchar/],
    ['no rows', 'a,b\n', undefined, /no column of numbers|no rows/],
    ['another label', 'a,b\n1,2\n', 'fraud', /has no column fraud; its columns are a, b/],
  ])('says what is wrong with a table of %s', async (name, text, label, message) => {
    await expect(readTable(written(`${name}.csv`, text), label)).rejects.toThrow(message);
  });

  test('names a file that is not there, and one that is not what it is called', async () => {
    await expect(readTable(join(folder, 'none.csv'), undefined)).rejects.toThrow('does not exist');
    await expect(readTable(written('no.parquet', 'a\n1\n'), undefined)).rejects.toThrow(
      'cannot be read as Parquet',
    );
  });
});
