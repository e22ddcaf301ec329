import { describe, expect, test } from 'vitest';
import {
  discoveryParts,
  discoveryScores,
  discoveryWeights,
  type Verdict,
} from '#analytics/learning/active-discovery.ts';
import { recallEstimate } from '#analytics/learning/recall-estimate.ts';
import { calibrated, isotonicRegression } from '#analytics/statistics/isotonic-regression.ts';
import { populationStability } from '#analytics/statistics/population-stability.ts';
import { randomNumbers } from '#analytics/statistics/random-numbers.ts';

describe('isotonicRegression', () => {
  test('pools what falls, as scikit-learn does for the same numbers', () => {
    expect(isotonicRegression([1, 2, 3], [0, 1, 0]).probabilities).toEqual([0, 0.5, 0.5]);
    const fitted = isotonicRegression([1, 2, 3, 4, 5], [1, 0, 1, 0, 1]);
    expect(fitted.probabilities).toEqual([0.5, 0.5, 0.5, 0.5, 1]);
  });

  test('interpolates between steps and stays beyond the ends', () => {
    const fitted = isotonicRegression([1, 3], [0, 1]);
    expect([0, 1, 2, 3, 9].map((score) => calibrated(fitted, score))).toEqual([0, 0, 0.5, 1, 1]);
  });

  test('refuses nothing to learn from', () => {
    expect(() => isotonicRegression([], [])).toThrow('at least one');
  });
});

describe('discoveryWeights', () => {
  const random = randomNumbers(5);
  const features = Array.from({ length: 4 }, () => Float64Array.from({ length: 2000 }, random));
  const parts = discoveryParts(features);
  const verdict = (row: number, isAnomaly: boolean, reviewer = 'Ada'): Verdict => ({
    row,
    isAnomaly,
    reviewer,
  });
  const highest = (part: number) =>
    [...(features[part] ?? [])]
      .map((value, row) => ({ value, row }))
      .sort((left, right) => right.value - left.value)
      .slice(0, 20)
      .map(({ row }) => row);
  const verdicts = [
    ...highest(0).map((row) => verdict(row, true)),
    ...highest(1).map((row) => verdict(row, false)),
  ];

  test('are equal without verdicts', () => {
    expect([...discoveryWeights({ parts }, [])]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test('rise for what was found true and fall for what was found false', () => {
    const weights = discoveryWeights({ parts }, verdicts);
    expect(weights[0]).toBeGreaterThan(0.3);
    expect(weights[1]).toBeLessThan(0.2);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
    expect(discoveryScores(parts, weights)).toHaveLength(2000);
  });

  test('follow one reviewer with many verdicts no further than the share allowed', () => {
    const poison = Array.from({ length: 10 }, () =>
      verdicts.map((one) => ({ ...one, isAnomaly: !one.isAnomaly, reviewer: 'Mallory' })),
    ).flat();
    const honest = [...verdicts, ...verdicts.map((one) => ({ ...one, reviewer: 'Bob' }))];
    const capped = discoveryWeights({ parts, reviewer_share: 0.2 }, [...honest, ...poison]);
    expect(capped[0] ?? 0).toBeGreaterThan(capped[1] ?? 0);
  });
});

describe('populationStability', () => {
  const then = Float64Array.from({ length: 1000 }, (_, row) => row);

  test('is zero for the same values and raises an alarm for others', () => {
    expect(populationStability(then, then)).toEqual({ index: 0, alarm: 'none' });
    expect(
      populationStability(
        then,
        then.map((value) => value + 600),
      )?.alarm,
    ).toBe('alarm');
  });

  test('compares nothing with nothing, and bears constants', () => {
    expect(populationStability(then, new Float64Array())).toBeNull();
    const constant = new Float64Array(50).fill(3);
    expect(populationStability(constant, constant)?.index).toBe(0);
  });
});

describe('recallEstimate', () => {
  test('carries the interval of the sample', () => {
    const estimate = recallEstimate({
      flagged_true: 80,
      unflagged: 10_000,
      sampled: 500,
      sampled_true: 1,
    });
    expect(estimate?.recall).toBeCloseTo(80 / 100, 9);
    expect(estimate?.low).toBeLessThan(0.8);
    expect(estimate?.high).toBeGreaterThan(0.8);
  });

  test('says nothing without a sample', () => {
    expect(
      recallEstimate({ flagged_true: 8, unflagged: 10, sampled: 0, sampled_true: 0 }),
    ).toBeNull();
  });
});
