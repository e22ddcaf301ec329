import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kpiNamed, kpis } from '#analytics/kpis/catalogue.ts';
import { kpiChange, type KpiChange } from '#analytics/kpis/change.ts';
import { sum } from '#analytics/kpis/exact.ts';
import type { Kpi } from '#analytics/kpis/kpi.ts';
import { kpiValue } from '#analytics/kpis/query.ts';
import { key, SmallMarts } from '../small-marts.ts';
import { randomMarts, year } from './random-marts.ts';

let marts: SmallMarts;
let small: SmallMarts;
beforeAll(async () => {
  [marts, small] = await Promise.all([randomMarts(), SmallMarts.open()]);
});
afterAll(() => Promise.all([marts.close(), small.close()]));

const scope = { ...year, company_keys: null };
const before = { ...scope, from: '2025-12-01', to: '2026-04-01' };
const now = { ...scope, from: '2026-04-01', to: '2026-08-01' };
const total = (found: KpiChange, name: 'contribution' | 'within' | 'mix'): number =>
  found.parts.reduce((all, part) => all + part[name], 0);

describe.each(kpis.map((kpi) => [kpi.id, kpi as Kpi] as const))('%s', (_, kpi) => {
  test.each([200, 2])('the parts add up to the change, at most %i of them', async (limit) => {
    for (const dimension of kpi.dimensions) {
      const found = await kpiChange(marts.warehouse, kpi, { before, now, dimension, limit });
      const [wholeBefore, wholeNow] = [
        await kpiValue(marts.warehouse, kpi, before),
        await kpiValue(marts.warehouse, kpi, now),
      ];
      if (found.change === null) {
        expect(found.parts).toEqual([]);
        continue;
      }
      expect(found.parts.length).toBeLessThanOrEqual(limit + 1);
      expect(found.now.value).toBeCloseTo(wholeNow.value ?? Number.NaN, 9);
      expect(found.before.value).toBeCloseTo(wholeBefore.value ?? Number.NaN, 9);
      const scale = Math.max(1, Math.abs(found.change));
      expect(Math.abs(total(found, 'contribution') - found.change) / scale).toBeLessThan(1e-12);
      expect(Math.abs(found.within + found.mix - found.change) / scale).toBeLessThan(1e-12);
      if (kpi.unit === 'money')
        expect(sum(found.parts.map(({ amount }) => amount))).toBe(
          sum([wholeNow.amount, `-${wholeBefore.amount}`]),
        );
    }
  });
});

test('a rate that fell only because a poor part grew is all mix', async () => {
  const days = { before: '2026-01-10', now: '2026-02-10' };
  const paid = (part: string, due_on: string, on_time: number, due: number) =>
    Array.from({ length: due }, (_, row) => ({
      invoice_key: key(`${part}${due_on.slice(5, 7)}${row}`),
      category: part,
      due_on,
      due: 1,
      on_time: row < on_time ? 1 : 0,
    }));
  await small.insert('kpi_invoice', [
    ...paid('good', days.before, 18, 20),
    ...paid('poor', days.before, 10, 20),
    ...paid('good', days.now, 9, 10),
    ...paid('poor', days.now, 15, 30),
  ]);
  const found = await kpiChange(small.warehouse, kpiNamed('on_time_rate'), {
    before: { ...scope, from: '2026-01-01', to: '2026-02-01' },
    now: { ...scope, from: '2026-02-01', to: '2026-03-01' },
    dimension: 'category',
  });
  expect(found.change).toBeCloseTo(0.6 - 0.7, 12);
  expect(found.within).toBeCloseTo(0, 12);
  expect(found.mix).toBeCloseTo(-0.1, 12);
  expect(found.parts.map(({ part }) => part).sort()).toEqual(['good', 'poor']);
});

test('two periods without data have no change to explain', async () => {
  const never = { ...scope, from: '2001-01-01', to: '2001-02-01' };
  const found = await kpiChange(marts.warehouse, kpiNamed('on_time_rate'), {
    before: never,
    now,
    dimension: 'company',
  });
  expect(found).toMatchObject({ change: null, parts: [], within: 0, mix: 0 });
});
