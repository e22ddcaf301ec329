import { expect, test } from 'vitest';
import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import type { KpiPoint } from '#analytics/kpis/kpi.ts';
import { shiftedDay } from '#analytics/kpis/period.ts';
import { kpiShifts, shiftsOf } from '#analytics/kpis/shift.ts';
import { randomMarts, year } from './random-marts.ts';

const onTime = kpiNamed('on_time_rate');
const weeks = (values: readonly (number | null)[], part: Partial<KpiPoint> = {}): KpiPoint[] =>
  values.map((value, place) => ({
    id: 'on_time_rate',
    bucket: shiftedDay('2026-01-05', 7 * place),
    bucket_end: shiftedDay('2026-01-12', 7 * place),
    incomplete: false,
    value,
    amount: null,
    count: 100,
    numerator: null,
    denominator: null,
    low: null,
    high: null,
    p90: null,
    open: null,
    tooFew: false,
    immature: false,
    ...part,
  }));
const usual = Array.from({ length: 20 }, (_, place) => 0.9 + ((place * 7) % 5) / 500);

test('a fall beyond the usual is told with what was expected and that it is worse', () => {
  const [found, ...others] = shiftsOf(onTime, weeks([...usual, 0.6]));
  expect(others).toEqual([]);
  expect(found).toMatchObject({ value: 0.6, direction: 'down', is_better: false });
  expect(found?.bucket).toBe(shiftedDay('2026-01-05', 140));
  expect(found?.expected).toBeCloseTo(0.9, 1);
});

test('a change too small to matter is none, however steady the past', () => {
  expect(shiftsOf(onTime, weeks([...usual, 0.85]))).toEqual([]);
});

test('weeks unknown, not over, too young or too few are not judged', () => {
  expect(shiftsOf(onTime, weeks([...usual, null]))).toEqual([]);
  for (const part of [{ incomplete: true }, { immature: true }, { tooFew: true }])
    expect(shiftsOf(onTime, [...weeks(usual), ...weeks([0.6], part)])).toEqual([]);
});

test('a later week changes nothing about an earlier one', async () => {
  const marts = await randomMarts();
  try {
    const scope = { ...year, company_keys: null };
    const limits = { deviation: 1.5, relative: 0, seasons: 8 };
    const all = await kpiShifts(marts.warehouse, onTime, scope, { limits });
    const until = '2026-07-06';
    const earlier = await kpiShifts(marts.warehouse, onTime, { ...scope, to: until }, { limits });
    expect(all.length).toBeGreaterThan(0);
    expect(earlier).toEqual(all.filter(({ bucket_end }) => bucket_end <= until));
  } finally {
    await marts.close();
  }
});
