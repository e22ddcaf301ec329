import { expect, test } from 'vitest';
import { rangePlaces } from '../../web/src/lib/reason-range.ts';

test('an amount above its usual range stands right of it', () => {
  const places = rangePlaces({ actual: 184_300, usual_low: 41_200, usual_high: 72_800 });
  expect(places?.actual).toBe(94);
  expect(places?.usual_from).toBe(6);
  expect(places?.usual_to).toBeLessThan(35);
});

test('far apart values share one line by their logarithm', () => {
  const places = rangePlaces({ actual: 1, usual_low: 100, usual_high: 10_000 });
  expect(places).toEqual({ actual: 6, usual_from: 50, usual_to: 94 });
});

test('a range open at one end reaches the end of the line', () => {
  expect(rangePlaces({ actual: 2, usual_low: 90, usual_high: null })).toEqual({
    actual: 6,
    usual_from: 94,
    usual_to: 100,
  });
});

test('the same value everywhere stands in the middle; nothing to compare gives nothing', () => {
  expect(rangePlaces({ actual: 5, usual_low: 5, usual_high: 5 })?.actual).toBe(50);
  expect(rangePlaces({ actual: 0, usual_low: -10, usual_high: 10 })?.actual).toBe(50);
  expect(rangePlaces({ actual: 5, usual_low: null, usual_high: null })).toBeNull();
  expect(rangePlaces({ actual: null, usual_low: 1, usual_high: 2 })).toBeNull();
});
