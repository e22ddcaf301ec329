import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchTimetables, sweepBatches } from '#analytics/process/batches.ts';
import { hasPublicData, logOf, publicLog } from './public-log.ts';

/** Connected sets by comparing every pair: what the sweep must equal. */
function bruteForce(start: readonly number[], end: readonly number[], gap: number, fewest: number) {
  const group = start.map((_, index) => index);
  const root = (index: number): number => {
    const parent = group[index] ?? index;
    return parent === index ? index : root(parent);
  };
  for (const a of start.keys())
    for (const b of start.keys()) {
      const apart = Math.max((start[b] ?? 0) - (end[a] ?? 0), (start[a] ?? 0) - (end[b] ?? 0));
      if (apart <= gap) group[root(a)] = root(b);
    }
  const sets = new Map<number, number[]>();
  for (const index of start.keys())
    sets.set(root(index), [...(sets.get(root(index)) ?? []), index]);
  return [...sets.values()].filter((members) => members.length >= fewest);
}

const intervals = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 20 })),
  { maxLength: 40 },
);
const sorted = (sets: readonly (readonly number[])[]) =>
  sets
    .map((members) => [...members].sort((a, b) => a - b))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));

describe('batches', () => {
  test('the sweep equals a comparison of every pair', () => {
    fc.assert(
      fc.property(
        intervals,
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        (given, gap_ms, fewest) => {
          const start_ms = given.map(([start]) => start);
          const end_ms = given.map(([start, length]) => start + length);
          const found = sweepBatches({ start_ms, end_ms, gap_ms, fewest });
          expect(sorted(found.map(({ members }) => members))).toEqual(
            sorted(bruteForce(start_ms, end_ms, gap_ms, fewest)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('never depends on the order of the rows', () => {
    fc.assert(
      fc.property(intervals, fc.integer({ min: 0, max: 12 }), fc.nat(), (given, gap_ms, turn) => {
        const spans = (rows: readonly (readonly [number, number])[]) =>
          sweepBatches({
            start_ms: rows.map(([start]) => start),
            end_ms: rows.map(([start, length]) => start + length),
            gap_ms,
            fewest: 2,
          }).map(({ from_ms, to_ms, members }) => [from_ms, to_ms, members.length]);
        const at = given.length === 0 ? 0 : turn % given.length;
        expect(spans([...given.slice(at), ...given.slice(0, at)].reverse())).toEqual(spans(given));
      }),
    );
  });

  test('three moments ten days apart are no batch, whatever their order', () => {
    const days = [0, 20, 10].map((day) => day * 86_400_000);
    expect(sweepBatches({ start_ms: days, end_ms: days, gap_ms: 15 * 60_000, fewest: 2 })).toEqual(
      [],
    );
  });

  test('a stamp that tells only the day makes no hour', () => {
    const times = Array.from({ length: 200 }, (_, day) => Date.UTC(2026, 0, 1 + day, 23, 59));
    const log = logOf({
      cases: times.map((_, index) => `c${index}`),
      activities: times.map(() => 'Invoice issued'),
      times,
    });
    expect(batchTimetables(log, 'UTC')).toEqual([]);
  });

  test('an empty log and a handful of events have no timetable', () => {
    expect(batchTimetables(logOf({ cases: [], activities: [], times: [] }), 'UTC')).toEqual([]);
    const log = logOf({ cases: ['a', 'b'], activities: ['paid', 'paid'], times: [0, 1] });
    expect(batchTimetables(log, 'UTC')).toEqual([]);
  });
});

describe.runIf(hasPublicData)('timetables of public logs', () => {
  test.each([
    ['RequestForPayment', 6_165],
    ['DomesticDeclarations', 9_885],
  ] as const)('%s is paid on Mondays and Thursdays at 17:00', async (name, onRunDays) => {
    const [payment, ...others] = batchTimetables(await publicLog(name), 'Europe/Amsterdam');
    expect(others).toEqual([]);
    expect(payment?.activity).toBe('Payment Handled');
    expect(payment?.slots.map(({ weekday, hour }) => [weekday, hour])).toEqual([
      [1, 17],
      [4, 17],
    ]);
    expect(payment?.concentration).toBeGreaterThan(0.97);
    expect(payment?.slots.reduce((sum, { events }) => sum + events, 0)).toBeLessThanOrEqual(
      onRunDays,
    );
  });

  test('BPI Challenge 2019 clears invoices on Thursdays', async () => {
    const [found] = batchTimetables(
      await publicLog('BPI_Challenge_2019-3-w-after'),
      'Europe/Amsterdam',
    );
    expect(found).toMatchObject({ activity: 'Clear Invoice', events: 13_695, grain: 'weekday' });
    expect(found?.slots).toEqual([
      { weekday: 4, hour: null, events: 10_017, share: 10_017 / 13_695 },
    ]);
  });
});
