import { afterAll, beforeAll, expect, test } from 'vitest';
import { beforeAfter } from '#analytics/kpis/before-after.ts';
import { freezeBaseline } from '#analytics/kpis/baseline.ts';
import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import { interruptedSeries } from '#analytics/kpis/interrupted-series.ts';
import { SmallMarts } from '../small-marts.ts';

/** 20 weeks before 1 June 2026 and 15 after it, forty rows a day of the week; the change takes two days off. */
const starts_on = '2026-06-01';
const asOf = '2026-09-30T12:00:00.000Z';
const everybody = { company_keys: null, asOf };

let marts: SmallMarts;
beforeAll(async () => {
  marts = await SmallMarts.open();
  const day = `'${starts_on}'::DATE - 140 + (n // 20)::INTEGER`;
  await marts.connection.run(
    `insert into kpi_request by name
    select md5('request' || n)::UUID as payment_request_key, 1 as requests, day as requested_on,
      case when n % 97 <> 0 then day + (case when day < '${starts_on}' then 4 else 2 end
        + (hash(n, 1) % 5)::INTEGER) end as decided_on
    from (select n, ${day} as day from range(20 * 245) numbers(n))`,
  );
  await marts.connection.run(
    `insert into kpi_invoice by name
    select md5('invoice' || n)::UUID as invoice_key, day as due_on, 1 as due,
      -- Good pays 90 %, poor 50 %, always; after the change good is three of four in place of one of two.
      case when is_good then ((n + n // 20) % 10 <> 0)::INTEGER else (n + n // 20) % 2 end as on_time,
      case when is_good then 'good' else 'poor' end as category
    from (select n, ${day} as day,
      case when ${day} < '${starts_on}' then n % 20 < 10 else n % 20 < 15 end as is_good
      from range(20 * 245) numbers(n))`,
  );
  await marts.derive('kpi_approval');
  await marts.derive('kpi_due');
});
afterAll(() => marts.close());

const cycle = kpiNamed('approval_cycle_time');
const onTime = kpiNamed('on_time_rate');

test('finds the two days a change took off, with an interval', async () => {
  const baseline = await freezeBaseline(marts.warehouse, cycle, { ...everybody, starts_on });
  expect(baseline.weeks).toHaveLength(12);
  const found = await beforeAfter(marts.warehouse, cycle, { baseline, asOf });
  expect(found.before.value).toBeGreaterThan(5);
  expect((found.after.value ?? 0) - (found.before.value ?? 0)).toBeCloseTo(-2, 0);
  expect(found.series?.weeks_before).toBe(12);
  expect(found.series?.level.low).toBeLessThan(-1.5);
  expect(found.series?.level.high).toBeLessThan(-1);
  expect(found.series?.level.difference).toBeGreaterThan(-3);
  expect(found.series?.counterfactual[0]?.expected).toBeCloseTo(found.before.value ?? 0, 0);
  expect(found.restricted?.difference).toBeCloseTo(-2, 0);
  expect(found.chart?.signals.at(-1)).toContain('outside_limits');
  expect(found.conclusion).toMatchObject({
    id: 'effect_better',
    values: { before_count: 1680, difference: found.series?.level.difference, adjusted: null },
  });
});

test('a change that is none shows no effect', async () => {
  const baseline = await freezeBaseline(marts.warehouse, cycle, {
    company_keys: null,
    asOf: '2026-05-31T12:00:00.000Z',
    starts_on: '2026-04-06',
  });
  const found = await beforeAfter(marts.warehouse, cycle, {
    baseline,
    asOf: '2026-05-31T12:00:00.000Z',
  });
  expect(found.conclusion.id).toBe('effect_not_shown');
});

test('a rate that rose by its mix alone has no effect once the mix is that of before', async () => {
  const baseline = await freezeBaseline(marts.warehouse, onTime, {
    ...everybody,
    starts_on,
    weeks: 20,
    mix_dimension: 'category',
  });
  const found = await beforeAfter(marts.warehouse, onTime, { baseline, asOf, to: '2026-08-10' });
  expect(found.before.value).toBeCloseTo(0.7, 9);
  expect(found.after.value).toBeCloseTo(0.8, 9);
  expect(found.conclusion.id).toBe('effect_better');
  expect(found.mix?.difference).toBeCloseTo(0, 9);
  expect(found.mix?.low).toBeLessThan(0);
  expect(found.mix?.covered_rate).toBe(1);
  expect(found.restricted).toBeNull();
});

test('with too few weeks after, the difference of the restricted means stands in', async () => {
  const baseline = await freezeBaseline(marts.warehouse, cycle, { ...everybody, starts_on });
  const found = await beforeAfter(marts.warehouse, cycle, { baseline, asOf, to: '2026-06-22' });
  expect(found.series).toBeNull();
  expect(found.conclusion).toMatchObject({
    id: 'effect_better',
    values: { difference: found.restricted?.difference },
  });
});

test('weeks of getting used to it are drawn and not counted', async () => {
  const baseline = await freezeBaseline(marts.warehouse, cycle, { ...everybody, starts_on });
  const found = await beforeAfter(marts.warehouse, cycle, { baseline, asOf, ramp_up_weeks: 3 });
  expect(found.weeks.filter(({ week }) => week >= 0 && week < 3)).toMatchObject([
    { in_estimate: false },
    { in_estimate: false },
    { in_estimate: false },
  ]);
  expect(found.series?.counterfactual[0]?.week).toBe(3);
});

test('a baseline survives JSON, and an altered one is refused', async () => {
  const baseline = await freezeBaseline(marts.warehouse, cycle, { ...everybody, starts_on });
  const stored = JSON.parse(JSON.stringify(baseline)) as typeof baseline;
  const found = await beforeAfter(marts.warehouse, cycle, { baseline: stored, asOf });
  expect(found.baseline_hash).toBe(baseline.hash);
  const better = { ...stored, weeks: stored.weeks.map((week) => ({ ...week, value: 9 })) };
  await expect(beforeAfter(marts.warehouse, cycle, { baseline: better, asOf })).rejects.toThrow(
    'it was altered after it was frozen',
  );
  await expect(beforeAfter(marts.warehouse, onTime, { baseline, asOf })).rejects.toThrow(
    'expected one of on_time_rate, got one of approval_cycle_time',
  );
});

test('a KPI defined otherwise since then is said to be another measure', async () => {
  const baseline = await freezeBaseline(marts.warehouse, cycle, { ...everybody, starts_on });
  const redefined = { ...cycle, definition: 'Otherwise.' };
  const found = await beforeAfter(marts.warehouse, redefined, { baseline, asOf });
  expect(found.same_definition).toBe(false);
});

test('what cannot be compared is refused or said to be not assessable', async () => {
  const freeze = (options: object) =>
    freezeBaseline(marts.warehouse, cycle, { ...everybody, starts_on, ...options });
  await expect(freeze({ weeks: 4 })).rejects.toThrow('expected 8 to 156 weeks');
  await expect(freeze({ starts_on: '2027-01-01' })).rejects.toThrow('after the data of 2026-09-30');
  await expect(freeze({ starts_on: '2026-13-01' })).rejects.toThrow('expected a day as YYYY-MM-DD');
  const baseline = await freeze({});
  await expect(
    beforeAfter(marts.warehouse, cycle, { baseline, asOf, to: '2026-06-03' }),
  ).rejects.toThrow('whole weeks from 2026-06-01 to 2026-06-03, got 0');
  const empty = await freeze({ starts_on: '2025-06-02' });
  const found = await beforeAfter(marts.warehouse, cycle, {
    baseline: empty,
    asOf,
    to: '2025-09-01',
  });
  expect(found).toMatchObject({ series: null, restricted: null, chart: null });
  expect(found.conclusion.id).toBe('effect_not_assessable');
});

test('the series needs eight weeks before and four after', () => {
  const weeks = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, place) => ({ week: from + place, value: place % 3 }));
  expect(interruptedSeries(weeks(-7, 10))).toBeNull();
  expect(interruptedSeries(weeks(-12, 3))).toBeNull();
  expect(interruptedSeries(weeks(-60, 60))?.is_seasonal).toBe(true);
});
