/** Any selection of any log against the same question answered naively. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { activityCounts, topVariants } from '#analytics/process/log/activities.ts';
import { caseOverlap, caseSpans } from '#analytics/process/log/cases.ts';
import { directlyFollows } from '#analytics/process/log/directly-follows.ts';
import { encodeLog } from '#analytics/process/log/encode.ts';
import { edgeTable } from '#analytics/process/log/edges.ts';
import type { EventLog } from '#analytics/process/log/event-log.ts';
import { handovers } from '#analytics/process/log/handover.ts';
import { implausibleStamps } from '#analytics/process/log/implausible-stamps.ts';
import { casesWhere } from '#analytics/process/log/selection.ts';
import { temporalProfile } from '#analytics/process/log/temporal-profile.ts';
import type { CodedColumn } from '#ingest/event-logs/event-columns.ts';

interface TestEvent {
  readonly case: string;
  readonly activity: string;
  readonly time: number;
  readonly start?: number;
  readonly amount?: string;
  readonly role?: string;
}

function logOf(events: readonly TestEvent[]): EventLog {
  return encodeLog({
    event_count: events.length,
    source_row: Int32Array.from(events, (_, row) => row),
    case: coded(events.map((event) => event.case)),
    activity: coded(events.map((event) => event.activity)),
    complete_ms: Float64Array.from(events, (event) => event.time),
    start_ms: events.some((event) => event.start !== undefined)
      ? Float64Array.from(events, (event) => event.start ?? Number.NaN)
      : null,
    resource: null,
    role: coded(events.map((event) => event.role ?? '')),
    attributes: { kind: coded(events.map((event) => event.amount ?? '')) },
    left_out: [],
  });
}

function coded(texts: readonly string[]): CodedColumn {
  const names = [...new Set(texts)].filter((text) => text !== '');
  return { names, code: Int32Array.from(texts, (text) => names.indexOf(text)) };
}

const anyEvents = fc.array(
  fc.record({
    case: fc.constantFrom('1', '2', '3', '4'),
    activity: fc.constantFrom('a', 'b', 'c'),
    time: fc.integer({ min: 0, max: 40 }).map((time) => time * 1000),
    length: fc.integer({ min: 0, max: 5 }).map((length) => length * 1000),
  }),
  { maxLength: 60 },
);

function naiveEdges(
  events: readonly TestEvent[],
  keeps: { case: (name: string) => boolean; activity: (name: string) => boolean },
): Map<string, number[]> {
  const waits = new Map<string, number[]>();
  for (const name of new Set(events.map((event) => event.case))) {
    if (!keeps.case(name)) continue;
    const trace = events
      .filter((event) => event.case === name)
      .sort((a, b) => (a.start ?? a.time) - (b.start ?? b.time) || a.time - b.time)
      .filter((event) => keeps.activity(event.activity));
    for (const [at, event] of trace.entries()) {
      const before = trace[at - 1];
      if (before === undefined) continue;
      const pair = `${before.activity}>${event.activity}`;
      const wait = Math.max(0, (event.start ?? event.time) - before.time);
      waits.set(
        pair,
        [...(waits.get(pair) ?? []), wait].sort((a, b) => a - b),
      );
    }
  }
  return waits;
}

function expectSame(
  log: EventLog,
  found: ReturnType<typeof directlyFollows>,
  naive: Map<string, number[]>,
  medians: boolean,
): void {
  const seen = new Set<string>();
  for (let edge = 0; edge < found.count.length; edge += 1) {
    if (found.count[edge] === 0) continue;
    const pair = `${log.activities[found.from[edge] ?? 0]}>${log.activities[found.to[edge] ?? 0]}`;
    const waits = naive.get(pair) ?? [];
    seen.add(pair);
    const n = waits.length;
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / n;
    const squares = waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0);
    expect(found.count[edge], pair).toBe(n);
    expect(found.min_ms[edge]).toBe(waits[0]);
    expect(found.max_ms[edge]).toBe(waits[n - 1]);
    expect(found.mean_ms[edge]).toBeCloseTo(mean, 6);
    if (n > 1) expect(found.stdev_ms[edge]).toBeCloseTo(Math.sqrt(squares / (n - 1)), 6);
    else expect(found.stdev_ms[edge]).toBeNaN();
    const median = ((waits[(n - 1) >> 1] ?? 0) + (waits[n >> 1] ?? 0)) / 2;
    if (medians) expect(found.median_ms[edge]).toBe(median);
  }
  expect(seen).toEqual(new Set(naive.keys()));
}

test('agrees with the naive answer for every selection of cases and activities', () => {
  fc.assert(
    fc.property(
      anyEvents,
      fc.boolean(),
      fc.subarray(['1', '2', '3', '4']),
      fc.option(fc.subarray(['a', 'b', 'c']), { nil: null }),
      fc.boolean(),
      (drawn, withStart, cases, activities, medians) => {
        const events = drawn.map(({ length, ...event }) =>
          withStart ? { ...event, start: event.time - length } : event,
        );
        const log = logOf(events);
        const found = directlyFollows(log, {
          cases: Uint8Array.from(log.cases, (name) => Number(cases.includes(name))),
          activities:
            activities === null
              ? null
              : Uint8Array.from(log.activities, (name) => Number(activities.includes(name))),
          medians,
        });
        const naive = naiveEdges(events, {
          case: (name) => cases.includes(name),
          activity: (name) => activities === null || activities.includes(name),
        });
        expectSame(log, found, naive, medians);
      },
    ),
    { numRuns: 400, seed: 7 },
  );
});

test('counts the cases open at the same time like a comparison of all with all', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const log = logOf(events);
      const { start_ms, end_ms } = caseSpans(log);
      const naive = log.cases.map(
        (_, one) =>
          log.cases.filter(
            (_name, other) =>
              (start_ms[other] ?? 0) <= (end_ms[one] ?? 0) &&
              (end_ms[other] ?? 0) >= (start_ms[one] ?? 0),
          ).length,
      );
      expect([...caseOverlap(log)]).toEqual(naive);
    }),
    { numRuns: 100, seed: 7 },
  );
});

test('the temporal profile is that of all ordered pairs', () => {
  fc.assert(
    fc.property(anyEvents, (drawn) => {
      const events = drawn.map(({ length, ...event }) => ({
        ...event,
        start: event.time - length,
      }));
      const log = logOf(events);
      const naive = new Map<string, number[]>();
      for (let index = 0; index < log.case_count; index += 1)
        for (let i = log.case_offsets[index] ?? 0; i < (log.case_offsets[index + 1] ?? 0); i += 1)
          for (let j = i + 1; j < (log.case_offsets[index + 1] ?? 0); j += 1) {
            const time = (log.start_ms[j] ?? 0) - (log.time_ms[i] ?? 0);
            if (time < 0) continue;
            const pair = `${log.activities[log.activity[i] ?? 0]}>${log.activities[log.activity[j] ?? 0]}`;
            naive.set(pair, [...(naive.get(pair) ?? []), time / 1000]);
          }
      const profile = temporalProfile(log) ?? [];
      expect(new Set(profile.map(({ from, to }) => `${from}>${to}`))).toEqual(
        new Set(naive.keys()),
      );
      for (const { from, to, count, mean } of profile) {
        const times = naive.get(`${from}>${to}`) ?? [];
        expect(count).toBe(times.length);
        expect(mean).toBeCloseTo(times.reduce((sum, time) => sum + time, 0) / times.length, 6);
      }
    }),
    { numRuns: 200, seed: 7 },
  );
});

const day = 86_400_000;
const small: readonly TestEvent[] = [
  { case: 'A', activity: 'submit', time: 1000 * day, amount: 'office', role: 'clerk' },
  { case: 'A', activity: 'approve', time: 1001 * day, role: 'head' },
  { case: 'B', activity: 'submit', time: 1002 * day, amount: 'travel', role: 'clerk' },
  { case: 'B', activity: 'approve', time: 1003 * day },
  { case: 'B', activity: 'submit', time: 1004 * day, role: 'clerk' },
  { case: 'B', activity: 'pay', time: 1010 * day, role: 'bank' },
];

test('filters cases by attribute, activity, period, duration and variant', () => {
  const log = logOf(small);
  expect([...casesWhere(log, { texts: { kind: ['travel'] } })]).toEqual([0, 1]);
  expect([...casesWhere(log, { withActivities: ['pay'] })]).toEqual([0, 1]);
  expect([...casesWhere(log, { withoutActivities: ['pay'] })]).toEqual([1, 0]);
  expect([...casesWhere(log, { withActivities: ['fly'] })]).toEqual([0, 0]);
  const period = { from_ms: 1001 * day, to_ms: 1005 * day };
  expect([...casesWhere(log, { period: { clock: 'started', ...period } })]).toEqual([0, 1]);
  expect([...casesWhere(log, { period: { clock: 'ended', ...period } })]).toEqual([1, 0]);
  expect([...casesWhere(log, { period: { clock: 'within', ...period } })]).toEqual([0, 0]);
  expect([...casesWhere(log, { duration_seconds: { from: 0, to: 86_401 } })]).toEqual([1, 0]);
  expect([...casesWhere(log, { variants: [1] })]).toEqual([0, 1]);
  expect(() => casesWhere(log, { texts: { colour: ['red'] } })).toThrow(
    'expected a case attribute of this log (kind), got "colour"',
  );
  expect(() => casesWhere(log, { numbers: { kind: { from: 0, to: 1 } } })).toThrow(
    'holds texts, but the filter gave numbers',
  );
});

test('counts rework, variants and handovers of the kept cases only', () => {
  const log = logOf(small);
  const cases = Uint8Array.of(0, 1);
  const counts = activityCounts(log, cases);
  expect(log.activities).toEqual(['submit', 'approve', 'pay']);
  expect([...counts.rework_cases]).toEqual([1, 0, 0]);
  expect([...counts.events]).toEqual([2, 1, 1]);
  expect(topVariants(log, { limit: 5, cases })).toEqual({
    variant_count: 1,
    variants: [{ variant: 1, cases: 1, activities: ['submit', 'approve', 'submit', 'pay'] }],
  });
  expect(handovers(log, 'role', cases)).toEqual([
    { from: 'clerk', to: 'bank', count: 1, share: 1 },
  ]);
  expect(handovers(log, 'resource')).toBeNull();
});

test('between days without a time waits are whole days, and unknown within one', () => {
  const sorted = logOf(small);
  const events = {
    ...sorted,
    time_ms: Float64Array.of(0, day, 0, 0, day, 3 * day),
    start_ms: Float64Array.of(0, day, 0, 0, day, 3 * day),
    day_only: new Uint8Array(6).fill(1),
  };
  const log = { ...events, edges: edgeTable(events, events.case_index) };
  const found = directlyFollows(log);
  const edge = [...found.from].findIndex(
    (from, at) =>
      log.activities[from] === 'submit' && log.activities[found.to[at] ?? 0] === 'approve',
  );
  expect(found.count[edge]).toBe(2);
  expect(found.known[edge]).toBe(1);
  expect(found.mean_ms[edge]).toBe(day);
});

test('keeps stamps of 1948 and the far future out of rankings, and in the log', () => {
  const usual = Array.from({ length: 400 }, (_, at) => ({
    case: `${at}`,
    activity: 'pay',
    time: 17_000 * day + at * day,
  }));
  const log = logOf([
    ...usual,
    { case: 'old', activity: 'pay', time: -8000 * day },
    { case: 'late', activity: 'pay', time: 90_000 * day },
  ]);
  const found = implausibleStamps(log);
  expect(found).toMatchObject({ events: 2, cases: 2 });
  expect(found.plausible_cases.reduce((sum, kept) => sum + kept, 0)).toBe(400);
  expect(log.event_count).toBe(402);
  expect(implausibleStamps(log, 17_100 * day).events).toBeGreaterThan(200);
});
