import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectors } from '#analytics/detectors/detectors.ts';
import { kpiNamed, kpis } from '#analytics/kpis/catalogue.ts';
import { kpiDimensions, kpiKinds, kpiUnits, type Kpi, type KpiScope } from '#analytics/kpis/kpi.ts';
import { duplicateDetectors, segregationDetectors } from '#analytics/kpis/relation.ts';
import { kpiByDimension, kpiRows, kpiSeries, kpiValue, kpiValues } from '#analytics/kpis/query.ts';
import { kaplanMeier, survivalQuantile } from '#analytics/statistics/kaplan-meier.ts';
import type { Row } from '#analytics/table.ts';
import { randomMarts, year } from '../analytics/kpis/random-marts.ts';
import { SmallMarts } from '../analytics/small-marts.ts';

let marts: SmallMarts;
let empty: SmallMarts;
let companies: string[];
beforeAll(async () => {
  [marts, empty] = await Promise.all([randomMarts(), SmallMarts.open()]);
  const rows = await marts.warehouse.rows(
    'select company_key::VARCHAR as company_key from company order by 1',
  );
  companies = rows.map((row) => String(row['company_key']));
});
afterAll(() => Promise.all([marts.close(), empty.close()]));

const all = { ...year, company_keys: null };
const isFlow = (kpi: Kpi): boolean => kpi.kind !== 'duration' && kpi.kind !== 'snapshot';

test('the catalogue has at least 60 KPIs, each id once', () => {
  expect(kpis.length).toBeGreaterThanOrEqual(60);
  expect(new Set(kpis.map(({ id }) => id)).size).toBe(kpis.length);
  expect(() => kpiNamed('happiness')).toThrow(
    'kpi "happiness" is unknown; expected one of paid_amount',
  );
});

test('the detectors whose findings are counted exist', () => {
  const ids = detectors.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([...duplicateDetectors, ...segregationDetectors]));
  expect(ids.filter((id) => id.startsWith('duplicate_')).sort()).toEqual([...duplicateDetectors]);
});

test('the messages of both languages name every KPI, English as in the catalogue', () => {
  for (const locale of ['en', 'zh-CN']) {
    const messages = JSON.parse(
      readFileSync(new URL(`../../messages/${locale}/kpi.json`, import.meta.url), 'utf8'),
    ) as Record<string, string>;
    for (const kpi of kpis as readonly Kpi[])
      for (const part of ['name', 'question', 'definition', 'caveat'] as const) {
        const message = messages[`kpi_${kpi.id}_${part}`];
        expect(message, `kpi_${kpi.id}_${part}`).toBeDefined();
        if (locale === 'en') expect(message).toBe(kpi[part]);
      }
  }
});

test('many KPIs asked at once are what each is alone', async () => {
  const together = await kpiValues(
    marts.warehouse,
    kpis.map(({ id }) => id),
    all,
  );
  for (const [position, kpi] of kpis.entries())
    expect(together[position]).toEqual(await kpiValue(marts.warehouse, kpi, all));
});

describe.each(kpis.map((kpi) => [kpi.id, kpi as Kpi] as const))('%s', (id, kpi) => {
  test('says what it is', () => {
    expect(id).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
    for (const text of [kpi.name, kpi.question, kpi.definition, kpi.caveat])
      expect(text).not.toBe('');
    expect(kpi.question).toMatch(/\?$/);
    expect(kpi.definition).toMatch(/\.$/);
    expect(kpiKinds).toContain(kpi.kind);
    expect(kpiUnits).toContain(kpi.unit);
    for (const dimension of kpi.dimensions) expect(kpiDimensions).toContain(dimension);
    expect(kpi.pairedWith === undefined ? undefined : kpiNamed(kpi.pairedWith).id).not.toBe(id);
    expect(kpi.interval).toBe(
      { ratio: 'wilson', duration: 'kaplan_meier' }[kpi.kind as string] ?? 'none',
    );
  });

  test('has a value on ordinary data, within its interval', async () => {
    const value = await kpiValue(marts.warehouse, kpi, all);
    expect(value.value).not.toBeNull();
    expect(value.count).toBeGreaterThan(0);
    if (kpi.interval === 'none') return;
    expect(value.low).toBeLessThanOrEqual(value.value ?? -1);
    expect(value.high).toBeGreaterThanOrEqual(value.value ?? Infinity);
  });

  test('is null, not 0, where there is no data', async () => {
    const value = await kpiValue(empty.warehouse, kpi, all);
    expect(value).toMatchObject({
      value: null,
      amount: null,
      low: null,
      high: null,
      p90: null,
      count: 0,
    });
    const before = await kpiValue(marts.warehouse, kpi, {
      ...all,
      from: '2001-01-01',
      to: '2001-02-01',
    });
    if (id !== 'sync_lag') expect(before).toMatchObject({ value: null, count: 0 });
  });

  test('gives nothing to a person without companies', async () => {
    const nobody = { ...all, company_keys: [] };
    expect(await kpiValue(marts.warehouse, kpi, nobody)).toMatchObject({ value: null, count: 0 });
    const rows = await kpiRows(marts.warehouse, kpi, nobody, { limit: 10, offset: 0 });
    expect(rows).toMatchObject({ rows: [], row_count: 0, count: 0 });
    expect(
      await kpiByDimension(marts.warehouse, kpi, nobody, kpi.dimensions[0] ?? 'company'),
    ).toEqual([]);
    const series = await kpiSeries(marts.warehouse, kpi, nobody, 'month');
    for (const point of series) expect(point.value).toBeNull();
  });

  test('is measured on the companies in scope alone', async () => {
    if (!kpi.dimensions.includes('company')) return;
    const parts = await kpiByDimension(marts.warehouse, kpi, all, 'company');
    for (const company of companies) {
      const scoped = await kpiValue(marts.warehouse, kpi, { ...all, company_keys: [company] });
      const part = parts.find((one) => one.part === company);
      expect(scoped.count).toBe(part?.count ?? 0);
      expect(scoped.value).toEqual(part?.value ?? scoped.value);
      const rows = await kpiRows(
        marts.warehouse,
        kpi,
        { ...all, company_keys: [company] },
        { limit: 1000, offset: 0 },
      );
      for (const row of rows.rows) expect(row['company_key']).toBe(company);
    }
    expect(parts.find(({ part }) => part === companies[0])?.label ?? 'Company').toMatch(/^Company/);
  });

  test.each(['day', 'week', 'month'] as const)(
    'has a series by %s whose parts add up',
    async (grain) => {
      const series = await kpiSeries(marts.warehouse, kpi, all, grain);
      const buckets = series.map(({ bucket }) => bucket);
      expect(buckets).toEqual([...new Set(buckets)].sort());
      const whole = await kpiValue(marts.warehouse, kpi, all);
      if (kpi.kind === 'snapshot') {
        if (kpi.measure.of === 'greatest') return;
        expect(series.at(-1)?.count).toBe(whole.count);
        expect(series.at(-1)?.value).toEqual(whole.value);
        return;
      }
      expect(series.reduce((sum, { count }) => sum + count, 0)).toBe(whole.count);
      if (!isFlow(kpi)) return;
      expect(total(series.map(({ numerator }) => numerator))).toBe(total([whole.numerator]));
      expect(total(series.map(({ denominator }) => denominator))).toBe(total([whole.denominator]));
    },
  );

  test('splits by each dimension into parts that add up', async () => {
    const whole = await kpiValue(marts.warehouse, kpi, all);
    for (const dimension of kpi.dimensions) {
      const parts = await kpiByDimension(marts.warehouse, kpi, all, dimension, { limit: 1_000 });
      expect(
        parts.reduce((sum, { count }) => sum + count, 0),
        dimension,
      ).toBe(whole.count);
      if (kpi.measure.of !== 'greatest')
        expect(total(parts.map(({ numerator }) => numerator)), dimension).toBe(
          total([whole.numerator]),
        );
      const [first] = parts;
      const filtered = await kpiValue(marts.warehouse, kpi, all, {
        [dimension]: first?.part ?? null,
      });
      expect(filtered.count).toBe(first?.count);
      expect(filtered.value).toEqual(first?.value);
    }
  });

  test('its roll-up says what its rows say', async () => {
    const fromRows: Kpi = { ...kpi, measure: { ...kpi.measure, rollup: undefined } };
    for (const scope of [all, { ...all, from: '2026-03-03', to: '2026-05-17' }])
      expect(await kpiValue(marts.warehouse, fromRows, scope)).toEqual(
        await kpiValue(marts.warehouse, kpi, scope),
      );
  });

  test('opens the rows that sum exactly to it', async () => {
    const scope = { ...all, from: '2026-02-01', to: '2026-10-01' };
    const value = await kpiValue(marts.warehouse, kpi, scope);
    const { rows, summary } = await everyRow(kpi, scope);
    expect(summary.row_count).toBe(rows.length);
    expect(rows.reduce((sum, row) => sum + Number(row['kpi_count']), 0)).toBe(value.count);
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length);
    if (kpi.measure.of === 'greatest') return;
    expect(total(rows.map((row) => row['kpi_numerator'] as string | null))).toBe(
      total([value.numerator]),
    );
    expect(total(rows.map((row) => row['kpi_denominator'] as string | null))).toBe(
      total([value.denominator]),
    );
    expect(summary.numerator).toBe(value.numerator);
    if (kpi.kind === 'duration') expect(medianOf(rows)).toBeCloseTo(value.value ?? Number.NaN, 9);
  });
});

async function everyRow(kpi: Kpi, scope: KpiScope) {
  const rows: Row[] = [];
  for (;;) {
    const summary = await kpiRows(marts.warehouse, kpi, scope, { limit: 700, offset: rows.length });
    rows.push(...summary.rows);
    if (summary.rows.length < 700) return { rows, summary };
  }
}

function medianOf(rows: readonly Row[]): number | null {
  const durations = rows.map((row) => ({
    days: Number(row['kpi_days']),
    ended: row['kpi_is_open'] === true ? 0 : 1,
    open: row['kpi_is_open'] === true ? 1 : 0,
  }));
  return survivalQuantile(kaplanMeier(durations), 0.5);
}

/** Exact sum of texts with four decimals. */
function total(texts: readonly (string | null)[]): bigint {
  return texts.reduce((sum, text) => sum + BigInt((text ?? '0.0000').replace('.', '')), 0n);
}
