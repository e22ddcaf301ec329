import { describe, expect, test } from 'vitest';
import { neweyWest, usualLag } from '#analytics/statistics/newey-west.ts';
import { restrictedMean, restrictedMeanDifference } from '#analytics/statistics/restricted-mean.ts';
import { studentQuantile } from '#analytics/statistics/student-t.ts';
import { xmrChart } from '#analytics/statistics/xmr-chart.ts';

describe('least squares with Newey-West errors', () => {
  // An interrupted series: 12 points before, 8 after; columns 1, t, D, D·t.
  const y = [
    10.2, 9.8, 10.5, 10.1, 9.9, 10.4, 10.0, 10.3, 9.7, 10.6, 10.2, 10.1, 8.1, 7.9, 8.3, 7.8, 7.6,
    7.9, 7.4, 7.7,
  ];
  const rows = y.map((_, place) => {
    const t = place - 12;
    return [1, t, t >= 0 ? 1 : 0, t >= 0 ? t : 0];
  });

  // statsmodels 0.15.0: OLS(y, X).fit(cov_type='HAC',
  //   cov_kwds={'maxlags': lag, 'use_correction': True}, use_t=True), params and bse.
  test.each([
    [0, [0.1713660555, 0.0221666591, 0.2072421955, 0.0353604448], [-2.51812171, -1.63945405]],
    [2, [0.0891999846, 0.0103760896, 0.1019479036, 0.0195438965], [-2.29490778, -1.86266798]],
    [3, [0.0709388401, 0.0098630147, 0.0889373577, 0.015401096], [-2.26732665, -1.8902491]],
  ])('equals statsmodels at lag %i', (lag, errors, interval) => {
    const fit = neweyWest(rows, y, lag);
    expect(fit?.degrees).toBe(16);
    const expected = [10.1954545455, 0.006993007, -2.0787878788, -0.0867549118];
    for (const [place, value] of expected.entries())
      expect(fit?.coefficients[place]).toBeCloseTo(value, 9);
    for (const [place, value] of errors.entries())
      expect(fit?.standard_errors[place]).toBeCloseTo(value, 9);
    const spread = studentQuantile(16) * (fit?.standard_errors[2] ?? 0);
    expect((fit?.coefficients[2] ?? 0) - spread).toBeCloseTo(interval[0] ?? 0, 7);
    expect((fit?.coefficients[2] ?? 0) + spread).toBeCloseTo(interval[1] ?? 0, 7);
  });

  // statsmodels 0.15.0: OLS(y, X).fit().bse
  test('knows the ordinary errors too', () => {
    const fit = neweyWest(rows, y, 2);
    for (const [place, value] of [0.162438407, 0.0220710333, 0.2353956154, 0.0463216356].entries())
      expect(Math.sqrt(fit?.independent_covariance[place]?.[place] ?? 0)).toBeCloseTo(value, 9);
  });

  test('has no answer for columns that say the same, or fewer rows than columns', () => {
    expect(
      neweyWest(
        [
          [1, 2],
          [1, 2],
          [1, 2],
        ],
        [1, 2, 3],
        0,
      ),
    ).toBeNull();
    expect(neweyWest([[1, 0]], [1], 0)).toBeNull();
    expect(neweyWest([], [], 0)).toBeNull();
    expect([20, 100, 500].map(usualLag)).toEqual([2, 4, 5]);
  });
});

test('quantiles of Student’s t equal scipy 1.17.1, stats.t.ppf(0.975, degrees)', () => {
  const expected = {
    1: 12.70620474,
    2: 4.30265273,
    3: 3.18244631,
    5: 2.57058184,
    10: 2.22813885,
    16: 2.1199053,
    30: 2.04227246,
    100: 1.98397152,
    1000: 1.96233908,
  };
  for (const [degrees, value] of Object.entries(expected))
    expect(studentQuantile(Number(degrees))).toBeCloseTo(value, 7);
  expect(() => studentQuantile(0)).toThrow('degrees of at least 1');
});

describe('restricted mean', () => {
  const days = [1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 10, 12, 15];
  const ended = [1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1];
  const counts = days.map((length, place) => ({
    days: length,
    ended: ended[place] ?? 0,
    open: 1 - (ended[place] ?? 0),
  }));

  // lifelines 0.30.3, restricted_mean_survival_time(KaplanMeierFitter().fit(days, ended), t);
  // errors by numpy from the formula of Klein and Moeschberger, as in R's survRM2.
  test.each([
    [5, 4.126666666666667, 0.3512411854699992],
    [10, 6.338888888888889, 0.8583437012438669],
    [12, 6.7951851851851846, 1.0234676614115317],
  ])('equals lifelines up to %i days', (horizon, mean, error) => {
    const found = restrictedMean(counts, horizon);
    expect(found?.mean).toBeCloseTo(mean, 12);
    expect(found?.standard_error).toBeCloseTo(error, 12);
    expect(found?.count).toBe(15);
  });

  test('is not known beyond what was seen, nor without anything', () => {
    expect(restrictedMean([], 10)).toBeNull();
    expect(restrictedMean([{ days: 3, ended: 0, open: 5 }], 10)).toBeNull();
    expect(restrictedMean([{ days: 3, ended: 4, open: 0 }], 10)?.mean).toBe(3);
  });

  test('two equal samples do not differ', () => {
    const mean = restrictedMean(counts, 10) ?? { mean: 0, standard_error: 0, count: 0 };
    const { difference, low, high } = restrictedMeanDifference(mean, mean);
    expect(difference).toBe(0);
    expect(low).toBeCloseTo(-1.959963984540054 * Math.SQRT2 * 0.8583437012438669, 12);
    expect(high).toBeCloseTo(-low, 12);
  });
});

describe('control chart', () => {
  const values = [52, 47, 53, 49, 50, 51, 48, 54, 46, 50, 52, 49];

  test('has limits at 2.66 mean moving ranges', () => {
    const chart = xmrChart(values);
    // By numpy: mean 50.0833, mean |difference| 3.9091.
    expect(chart?.mean).toBeCloseTo(50.083333333333336, 12);
    expect(chart?.low).toBeCloseTo(39.68515151515152, 10);
    expect(chart?.high).toBeCloseTo(60.481515151515154, 10);
    expect(chart?.signals.flat()).toEqual([]);
  });

  test('signals a value outside, and a shift by eight on one side, against the frozen baseline', () => {
    const chart = xmrChart([...values, 62, 51, 52, 51, 53, 52, 51, 52], 12);
    expect(chart?.mean).toBeCloseTo(50.083333333333336, 12);
    expect(chart?.signals[12]).toEqual(['outside_limits']);
    expect(chart?.signals.at(-1)).toEqual(['eight_on_one_side']);
    expect(xmrChart([1])).toBeNull();
  });
});
