import { describe, expect, test } from 'vitest';
import { clopperPearsonUpper } from '#analytics/statistics/clopper-pearson.ts';
import { betaQuantile, incompleteBeta } from '#analytics/statistics/incomplete-beta.ts';
import { pooledRates } from '#analytics/statistics/pooled-rates.ts';
import { cleanDrawsNeeded, sequentialTest } from '#analytics/statistics/sequential-test.ts';

describe('incomplete beta', () => {
  test('equals closed forms', () => {
    expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 14);
    expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 14);
    for (const x of [0.001, 0.2, 0.77, 0.999])
      expect(incompleteBeta(x, 1, 40)).toBeCloseTo(1 - (1 - x) ** 40, 13);
    expect(incompleteBeta(0.5, 700, 700)).toBeCloseTo(0.5, 11);
    expect(() => incompleteBeta(0.5, 0, 1)).toThrow(/positive/);
  });

  test('the quantile turns it back', () => {
    for (const p of [0.01, 0.5, 0.95])
      expect(incompleteBeta(betaQuantile(p, 36, 1_666), 36, 1_666)).toBeCloseTo(p, 11);
  });
});

describe('Clopper-Pearson upper bound', () => {
  test('is 1 − 0.05^(1/n) without successes, below 1 % from 299 on', () => {
    for (const count of [1, 10, 298, 4_582])
      expect(clopperPearsonUpper(0, count)).toBeCloseTo(1 - 0.05 ** (1 / count), 12);
    expect(clopperPearsonUpper(0, 298)).toBeCloseTo(0.01, 4);
    expect(clopperPearsonUpper(0, 299)).toBeLessThan(0.01);
  });

  test('holds the binomial tail at 5 %', () => {
    const bound = clopperPearsonUpper(2, 20);
    let tail = 0;
    for (let k = 0, ways = 1; k <= 2; ways = (ways * (20 - k)) / (k + 1), k++)
      tail += ways * bound ** k * (1 - bound) ** (20 - k);
    expect(tail).toBeCloseTo(0.05, 10);
  });

  test('knows nothing of nothing and refuses more successes than draws', () => {
    expect(clopperPearsonUpper(0, 0)).toBe(1);
    expect(clopperPearsonUpper(5, 5)).toBe(1);
    expect(() => clopperPearsonUpper(6, 5)).toThrow(/same rows/);
  });
});

test('small groups are drawn to the mean of all, large ones stay', () => {
  const groups = [
    { successes: 10, count: 1_000 },
    { successes: 100, count: 1_000 },
    { successes: 1, count: 2 },
  ];
  const [low, high, small] = pooledRates(groups);
  expect(low).toBeGreaterThan(0.01);
  expect(low).toBeLessThan(0.012);
  expect(high).toBeCloseTo(0.1, 2);
  expect(small).toBeLessThan(0.2);
  expect(pooledRates([{ successes: 0, count: 0 }])).toEqual([null]);
});

test('the sequential test accepts after a clean run and stops after hits', () => {
  const rates = { acceptable: 0.005, unacceptable: 0.02 };
  const needed = cleanDrawsNeeded(rates);
  expect(needed).toBe(Math.ceil(Math.log(19) / Math.log(0.995 / 0.98)));
  expect(sequentialTest(rates, { successes: 0, count: needed - 1 })).toBe('continue');
  expect(sequentialTest(rates, { successes: 0, count: needed })).toBe('accept');
  expect(sequentialTest(rates, { successes: 3, count: 20 })).toBe('stop');
  expect(() =>
    sequentialTest({ acceptable: 0.1, unacceptable: 0.1 }, { successes: 0, count: 1 }),
  ).toThrow(/acceptable/);
});
