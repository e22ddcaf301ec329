import { expect, test } from 'vitest';
import { kaplanMeier, survivalQuantile } from '#analytics/statistics/kaplan-meier.ts';

const ended = (...days: number[]) => days.map((day) => ({ days: day, ended: 1, open: 0 }));
const open = (...days: number[]) => days.map((day) => ({ days: day, ended: 0, open: 1 }));

// survival::aml, group "Maintained" (Miller 1997); R: survfit(Surv(time, status) ~ 1)
const maintained = [...ended(9, 13, 18, 23, 31, 34, 48), ...open(13, 28, 45, 161)];

test('agrees with R on the leukaemia data', () => {
  const curve = kaplanMeier(maintained);
  expect(curve.map(({ days }) => days)).toEqual([9, 13, 18, 23, 31, 34, 48]);
  expect(curve.map(({ at_risk }) => at_risk)).toEqual([11, 10, 8, 7, 5, 4, 2]);
  const survival = [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184];
  const low = [0.7541, 0.6192, 0.4884, 0.3769, 0.2549, 0.1549, 0.0359];
  curve.forEach((point, position) => {
    expect(point.survival).toBeCloseTo(survival[position] ?? 0, 3);
    expect(point.low).toBeCloseTo(low[position] ?? 0, 3);
  });
  expect(curve[6]?.high).toBeCloseTo(0.944, 2);
});

test('agrees with the remission times of Freireich et al. (1963), 6-MP group', () => {
  const curve = kaplanMeier([
    ...ended(6, 6, 6, 7, 10, 13, 16, 22, 23),
    ...open(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35),
  ]);
  expect(curve.map(({ survival }) => survival.toFixed(3))).toEqual([
    '0.857',
    '0.807',
    '0.753',
    '0.690',
    '0.627',
    '0.538',
    '0.448',
  ]);
  // R's median is day 23; the smooth one lies within that day.
  const median = survivalQuantile(curve, 0.5);
  expect(median).toBeGreaterThan(22.5);
  expect(median).toBeLessThanOrEqual(23.5);
});

test('its median is that of grouped data when everything has ended', () => {
  // Python documentation of statistics.median_grouped
  expect(survivalQuantile(kaplanMeier(ended(52, 52, 53, 54)), 0.5)).toBeCloseTo(52.5, 12);
  expect(survivalQuantile(kaplanMeier(ended(1, 3, 3, 5, 7)), 0.5)).toBeCloseTo(3.25, 12);
  expect(survivalQuantile(kaplanMeier(ended(1, 2, 2, 3, 4, 4, 4, 4, 4, 5)), 0.5)).toBeCloseTo(
    3.7,
    12,
  );
});

test('takes the middle where the curve rests at one half', () => {
  expect(survivalQuantile(kaplanMeier(ended(10, 16)), 0.5)).toBe(13);
});

test('gives the same curve for rows and for counts, in any order', () => {
  const counted = [
    { days: 3, ended: 2, open: 1 },
    { days: 1, ended: 1, open: 0 },
    { days: 8, ended: 0, open: 4 },
  ];
  const rows = [...open(8, 8, 8, 8, 3), ...ended(3, 1, 3)];
  expect(kaplanMeier(rows)).toEqual(kaplanMeier(counted));
});

test('open durations make the median longer than that of the closed ones alone', () => {
  const closed = ended(2, 3, 4);
  const all = [...closed, ...open(5, 6)];
  expect(survivalQuantile(kaplanMeier(all), 0.5)).toBeGreaterThan(
    survivalQuantile(kaplanMeier(closed), 0.5) ?? Infinity,
  );
});

test('is unknown while fewer than half have ended, and without any data', () => {
  expect(survivalQuantile(kaplanMeier([...ended(1), ...open(2, 2)]), 0.5)).toBeNull();
  expect(survivalQuantile(kaplanMeier([]), 0.5)).toBeNull();
});

test('is never below zero', () => {
  expect(survivalQuantile(kaplanMeier(ended(0, 0, 0)), 0.5)).toBe(0);
});
