import { afterAll, beforeAll, expect, test } from 'vitest';
import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import { kpiComparison, latestDataDay } from '#analytics/kpis/comparison.ts';
import { kpiByEntityCurrency } from '#analytics/kpis/entity-currency.ts';
import { sum } from '#analytics/kpis/exact.ts';
import { fiscalPeriods, type FiscalCalendar } from '#analytics/kpis/fiscal.ts';
import { kpiSeries, kpiSeriesOfPeriods, kpiValue } from '#analytics/kpis/query.ts';
import type { SmallMarts } from '../small-marts.ts';
import { asOf, randomMarts, year } from './random-marts.ts';

let marts: SmallMarts;
beforeAll(async () => {
  marts = await randomMarts();
  await marts.connection.run("update company set base_currency = 'USD' where company_id = 'c1'");
});
afterAll(() => marts.close());

const all = { ...year, company_keys: null };
const retail: FiscalCalendar = {
  kind: 'weeks',
  pattern: '4-4-5',
  month: 1,
  weekday: 6,
  ends: 'nearest',
};

test.each(['on_time_rate', 'paid_amount', 'approval_cycle_time', 'queue_length', 'queue_age'])(
  '%s by fiscal period is its value in each period',
  async (id) => {
    const kpi = kpiNamed(id);
    const periods = fiscalPeriods(retail, { from: '2026-01-05', to: '2026-09-01' });
    const points = await kpiSeriesOfPeriods(marts.warehouse, kpi, all, periods);
    expect(points.map(({ bucket }) => bucket)).toEqual(periods.map(({ from }) => from));
    for (const [place, period] of periods.entries()) {
      const alone = await kpiValue(marts.warehouse, kpi, { ...all, ...period });
      expect(points[place]?.value).toEqual(alone.value);
      expect(points[place]?.count).toBe(alone.count);
    }
    const calendar = await kpiSeries(marts.warehouse, kpi, all, 'quarter');
    expect(calendar.map(({ bucket }) => bucket)[1]).toBe('2026-01-01');
  },
);

test('periods with a gap or none at all are refused', async () => {
  const gap = [
    { from: '2026-01-01', to: '2026-02-01' },
    { from: '2026-03-01', to: '2026-04-01' },
  ];
  for (const periods of [gap, []])
    await expect(
      kpiSeriesOfPeriods(marts.warehouse, kpiNamed('on_time_rate'), all, periods),
    ).rejects.toThrow('each beginning where the one before ends');
});

test('what is not over or cut by the scope is marked incomplete', async () => {
  const points = await kpiSeries(marts.warehouse, kpiNamed('on_time_rate'), all, 'month');
  const incomplete = points.filter((point) => point.incomplete).map(({ bucket }) => bucket);
  expect(incomplete).toEqual(['2025-11-01', '2026-11-01']);
});

test('a value is compared with the prior period, the prior year and a target', async () => {
  const kpi = kpiNamed('on_time_rate');
  const scope = { ...all, from: '2026-07-01', to: '2026-08-01' };
  const june = await kpiValue(marts.warehouse, kpi, {
    ...all,
    from: '2026-06-01',
    to: '2026-07-01',
  });
  const compared = await kpiComparison(marts.warehouse, kpi, scope, { against: 'prior_period' });
  expect(compared.reference).toBe(june.value);
  expect(compared.difference).toBeCloseTo((compared.value.value ?? 0) - (june.value ?? 0), 12);
  expect(compared.is_better).toBe((compared.difference ?? 0) > 0);
  expect(compared.incomplete).toBe(false);
  expect(await kpiComparison(marts.warehouse, kpi, scope, { against: 'prior_year' })).toMatchObject(
    { reference: null, difference: null, relative: null, is_better: null },
  );
  expect(
    await kpiComparison(marts.warehouse, kpi, scope, { against: { target: 0.99 } }),
  ).toMatchObject({ reference: 0.99, reference_value: null, is_better: false });
});

test('the data reaches its last day, wrong stamps in the future apart', async () => {
  expect(await latestDataDay(marts.warehouse, { company_keys: null, asOf })).toMatch(/^2026-11-/);
  expect(
    await latestDataDay(marts.warehouse, { company_keys: null, asOf: '2026-03-04T00:00:00.000Z' }),
  ).toBe('2026-03-04');
  expect(await latestDataDay(marts.warehouse, { company_keys: [], asOf })).toBeNull();
});

test.each(['paid_amount', 'overdue_amount', 'discount_missed'])(
  '%s of each entity in its own currency adds up in the group currency',
  async (id) => {
    const kpi = kpiNamed(id);
    const whole = await kpiValue(marts.warehouse, kpi, all);
    const entities = await kpiByEntityCurrency(marts.warehouse, kpi, all);
    expect(sum(entities.map(({ amount_base }) => amount_base))).toBe(whole.amount);
    expect(entities.map(({ currency }) => currency)).toEqual(['EUR', 'USD', 'EUR']);
    expect(entities[0]?.amount).toBe(entities[0]?.amount_base);
    const rate = Number(entities[1]?.amount_base) / Number(entities[1]?.amount);
    expect(rate).toBeGreaterThan(0.9);
    expect(rate).toBeLessThan(0.96);
    if (kpi.measure.original !== undefined)
      expect(entities[0]?.original_amounts.map(({ currency }) => currency)).toEqual(['EUR']);
  },
);

test('a rate is not money', async () => {
  await expect(kpiByEntityCurrency(marts.warehouse, kpiNamed('on_time_rate'), all)).rejects.toThrow(
    'is not a sum of money',
  );
});
