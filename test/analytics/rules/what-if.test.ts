import { expect, test } from 'vitest';
import { recentDays, solveBudget, type PastStories } from '#analytics/alert-budget.ts';
import { scoreCurve, type JudgedFinding } from '#analytics/score-curve.ts';

test('every threshold sums what lies at or above it and names what was missed', () => {
  const steps = [
    { step: 50, findings: 10, amount_base: 1000 },
    { step: 90, findings: 5, amount_base: 4000 },
  ];
  const judged: JudgedFinding[] = [
    { score: 0.905, is_true: true, amount_base: 900 },
    { score: 0.9, is_true: false, amount_base: 900 },
    { score: 0.5, is_true: true, amount_base: 100 },
  ];
  const curve = scoreCurve(steps, judged, 10);
  expect(curve).toHaveLength(101);
  expect(curve[50]).toMatchObject({
    findings: 15,
    findings_per_day: 1.5,
    amount_base: 5000,
    missed: 0,
  });
  expect(curve[51]).toMatchObject({
    findings: 5,
    judged: 2,
    confirmed: 1,
    missed: 1,
    missed_base: 100,
  });
  expect(curve[51]?.precision?.low).toBeCloseTo(0.0945, 4);
  expect(curve[100]).toMatchObject({ findings: 0, precision: null, missed: 2, missed_base: 1000 });
});

test('recomputes all thresholds of 100,000 findings and 5,000 verdicts within 300 ms', () => {
  const steps = Array.from({ length: 100 }, (_, step) => ({
    step,
    findings: 1_000,
    amount_base: 1,
  }));
  const judged = Array.from({ length: 5_000 }, (_, place) => ({
    score: (place % 1_000) / 1_000,
    is_true: place % 3 === 0,
    amount_base: 1,
  }));
  const start = performance.now();
  scoreCurve(steps, judged, 365);
  expect(performance.now() - start).toBeLessThan(300);
});

const stories = (losses: number[], working_days: number): PastStories => ({
  losses: Float64Array.from(losses),
  days: Float64Array.from(losses.map((_, place) => 20_000 + place)),
  working_days,
});

test('a budget shows what costs most, and equal ones stand on the same side', () => {
  expect(solveBudget(stories([50, 40, 30, 20, 10], 2), 1)).toMatchObject({
    least_loss: 40,
    shown: 2,
    shown_per_day: 1,
    missed: 3,
    missed_loss: 60,
  });
  expect(solveBudget(stories([50, 40, 40, 20], 2), 1)).toMatchObject({ least_loss: 50, shown: 1 });
  expect(solveBudget(stories([50, 40], 2), 5)).toMatchObject({
    least_loss: 0,
    shown: 2,
    missed: 0,
  });
  expect(solveBudget(stories([5, 5], 1), 1)).toMatchObject({
    least_loss: Infinity,
    shown: 0,
    missed: 2,
  });
  expect(solveBudget(stories([], 0), 12)).toEqual({
    least_loss: 0,
    shown: 0,
    shown_per_day: 0,
    missed: 0,
    missed_loss: 0,
  });
});

test('counts the days of the week on which people work', () => {
  const past = stories([5, 5, 5, 5, 5, 5], 4);
  const recent = recentDays(past, solveBudget(past, 10), {
    asOf: new Date(20_005 * 86_400_000).toISOString(),
    count: 4,
  });
  expect(recent.every(({ day }) => ![0, 6].includes(new Date(day).getUTCDay()))).toBe(true);
  expect(recent.map(({ shown }) => shown)).toEqual([1, 1, 1, 1]);
});
