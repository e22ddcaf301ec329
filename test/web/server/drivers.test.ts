import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import type { KpiPart } from '#analytics/kpis/kpi.ts';
import { drivers } from '#lib/server/reads/drivers.ts';

const part = (name: string, numerator: number, denominator: number): KpiPart => ({
  id: 'on_time_rate',
  part: name,
  label: name,
  value: denominator === 0 ? null : numerator / denominator,
  amount: null,
  count: denominator,
  numerator: String(numerator),
  denominator: String(denominator),
  low: null,
  high: null,
  p90: null,
  open: null,
  tooFew: false,
  immature: false,
});
const rate = (parts: readonly KpiPart[]): number =>
  parts.reduce((sum, one) => sum + Number(one.numerator), 0) /
  parts.reduce((sum, one) => sum + Number(one.denominator), 0);
const onTime = kpiNamed('on_time_rate');

test('the greatest effect comes first, and a part that only grew in weight counts too', () => {
  const before = [part('good', 90, 100), part('poor', 50, 100)];
  const now = [part('good', 90, 100), part('poor', 100, 200)];
  const found = drivers(onTime, now, before);
  expect(found.map(({ part: name }) => name)).toEqual(['good', 'poor']);
  expect(found.every(({ contribution }) => contribution < 0)).toBe(true);
});

test('the parts of a rate add up to its change, whatever parts come and go', () => {
  const parts = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      hits: fc.nat(500),
      misses: fc.integer({ min: 1, max: 500 }),
    }),
    { selector: (one) => one.name, minLength: 1 },
  );
  fc.assert(
    fc.property(parts, parts, (nowParts, beforeParts) => {
      const [now, before] = [nowParts, beforeParts].map((list) =>
        list.map(({ name, hits, misses }) => part(name, hits, hits + misses)),
      );
      if (!now || !before) return;
      const sum = drivers(onTime, now, before).reduce((all, one) => all + one.contribution, 0);
      expect(sum).toBeCloseTo(rate(now) - rate(before), 9);
    }),
  );
});
