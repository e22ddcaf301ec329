import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seasonalResiduals } from '#analytics/statistics/seasonal-residual.ts';
import { nabScore, normalScore } from '../../bench/nab-score.ts';

const week = { season: 7, seasons: 8 };
const series = (length: number): number[] =>
  Array.from({ length }, (_, day) => 100 + (day % 7) * 10 + ((day * 37) % 11) - 5);

test('a season alone is no surprise, one value outside it is', () => {
  const values = series(120);
  values[100] = 300;
  const found = seasonalResiduals(values, week);
  expect(found.slice(0, 21).every((one) => one === null)).toBe(true);
  expect(found[100]?.deviation).toBeGreaterThan(10);
  expect(found.filter((one) => Math.abs(one?.deviation ?? 0) > 4)).toHaveLength(1);
});

test('no value sees its own future', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2, maxLength: 90 }),
      fc.nat(),
      (values, cut) => {
        const place = cut % values.length;
        expect(seasonalResiduals(values, week).slice(0, place)).toEqual(
          seasonalResiduals(values.slice(0, place), week),
        );
      },
    ),
  );
});

test('what never moved is surprised by any change, and an empty series by nothing', () => {
  const found = seasonalResiduals([...Array<number>(30).fill(5), 6], { season: 1, seasons: 8 });
  expect(found.at(-2)).toMatchObject({ deviation: 0, scale: 0 });
  expect(found.at(-1)?.deviation).toBe(Infinity);
  expect(seasonalResiduals([], week)).toEqual([]);
  expect(() => seasonalResiduals([1], { season: 0, seasons: 8 })).toThrow('a season of at least 1');
});

describe('the scoring rule of the Numenta Anomaly Benchmark', () => {
  const windows = [{ first: 400, last: 449 }];

  test('every window at its first value is 100, nothing is 0', () => {
    expect(normalScore(nabScore([400], windows, 1_000), 1)).toBeCloseTo(100, 1);
    expect(normalScore(nabScore([], windows, 1_000), 1)).toBe(0);
  });

  test('only the earliest in a window counts, and earlier is worth more', () => {
    expect(nabScore([400, 420, 440], windows, 1_000)).toBe(nabScore([400], windows, 1_000));
    expect(nabScore([440], windows, 1_000)).toBeLessThan(nabScore([410], windows, 1_000));
  });

  test('a false alarm costs 0.11, less right after a window, nothing while learning', () => {
    expect(nabScore([300], windows, 1_000)).toBeCloseTo(-1.11, 12);
    expect(nabScore([900], windows, 1_000)).toBeCloseTo(-1.11, 12);
    expect(nabScore([451], windows, 1_000)).toBeGreaterThan(-1.02);
    expect(nabScore([100], windows, 1_000)).toBe(-1);
  });
});
