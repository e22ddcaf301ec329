import { expect, test } from 'vitest';
import { wilsonInterval } from '#analytics/statistics/wilson-interval.ts';

// R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in
// Medicine 17 (1998), table I, method 3; the last: low = n / (n + z²)
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
  [29, 29, 0.883, 1],
])('agrees with the literature for %i of %i', (successes, count, low, high) => {
  const interval = wilsonInterval(successes, count);
  expect(interval?.low).toBeCloseTo(low, 4);
  expect(interval?.high).toBeCloseTo(high, 4);
});

test('knows nothing about no rows', () => {
  expect(wilsonInterval(0, 0)).toBeNull();
});

test('refuses more successes than rows, and unknown ones', () => {
  expect(() => wilsonInterval(3, 2)).toThrow('expected successes within 0..2, got 3');
  expect(() => wilsonInterval(Number.NaN, 2)).toThrow('got NaN');
});
