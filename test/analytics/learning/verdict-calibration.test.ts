import { describe, expect, test } from 'vitest';
import {
  calibrateDetector,
  precisionOfDetectors,
  type DetectorVerdict,
} from '#analytics/learning/verdict-calibration.ts';
import { calibrated } from '#analytics/statistics/isotonic-regression.ts';

const verdict = (score: number, isWorthStopping: boolean, reviewer = 'a'): DetectorVerdict => ({
  detector: 'round_amount',
  version: 'v1',
  score,
  isWorthStopping,
  reviewer,
  stopped_base: isWorthStopping ? 100 : null,
});
const many = (count: number, of: (index: number) => DetectorVerdict) =>
  Array.from({ length: count }, (_, index) => of(index));
const eight = (index: number) => `reviewer ${index % 8}`;

describe('calibrateDetector', () => {
  test('believes the prior rate times the score before there are verdicts', () => {
    const belief = calibrateDetector(0.2, []);
    expect([0, 0.5, 1].map((score) => calibrated(belief, score))).toEqual([0, 0.1, 0.2]);
  });

  test('is moved little by one verdict, and to what was found by many of several people', () => {
    const one = calibrateDetector(0.2, [verdict(0.9, true)]);
    expect(calibrated(one, 0.9)).toBeCloseTo((1 + 10 * 0.18) / 11, 10);
    const all = calibrateDetector(
      0.2,
      many(80, (index) => verdict(0.9, true, eight(index))),
    );
    expect(calibrated(all, 0.9)).toBeGreaterThan(0.9);
  });

  test('is moved no more than half way by one reviewer, however often they say so', () => {
    const alone = calibrateDetector(
      0.8,
      many(500, () => verdict(0.9, false)),
    );
    expect(calibrated(alone, 0.9)).toBeCloseTo((10 * 0.72) / 20, 10);
    const others = many(80, (index) => verdict(0.9, true, eight(index)));
    const poisoned = calibrateDetector(0.8, [
      ...others,
      ...many(500, () => verdict(0.9, false, 'poisoner')),
    ]);
    expect(calibrated(poisoned, 0.9)).toBeGreaterThan(0.8);
  });

  test('never falls as the score rises, and stays within 0 and 1', () => {
    const mixed = calibrateDetector(
      0.3,
      many(60, (index) => verdict((index % 20) / 20, (index * 7) % 5 < 2, eight(index))),
    );
    const curve = many(101, (index) => verdict(index / 100, false)).map(({ score }) =>
      calibrated(mixed, score),
    );
    expect(curve).toEqual([...curve].sort((left, right) => left - right));
    expect(Math.min(...curve)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...curve)).toBeLessThanOrEqual(1);
  });

  test('tells high scores that hold from low ones that do not', () => {
    const learned = calibrateDetector(0.3, [
      ...many(40, (index) => verdict(0.5, false, eight(index))),
      ...many(40, (index) => verdict(0.95, true, eight(index))),
    ]);
    expect(calibrated(learned, 0.5)).toBeLessThan(0.1);
    expect(calibrated(learned, 0.95)).toBeGreaterThan(0.8);
  });
});

test('tells precision per detector and version with its interval and what was stopped', () => {
  const verdicts = [
    ...many(10, (index) => verdict(0.9, index < 8)),
    { ...verdict(0.9, false), version: 'v2' },
  ];
  const [first, second] = precisionOfDetectors(verdicts);
  expect(first).toMatchObject({ version: 'v1', verdicts: 10, precision: 0.8, stopped_base: 800 });
  expect(first?.low).toBeCloseTo(0.4902, 4);
  expect(first?.high).toBeCloseTo(0.9433, 4);
  expect(second).toMatchObject({ version: 'v2', verdicts: 1, precision: 0 });
  expect(precisionOfDetectors([])).toEqual([]);
});
