import { expect, test } from 'vitest';
import { officeHours } from '#analytics/process/calendar.ts';
import { calendarWaits, logWaits } from '#analytics/process/log-waits.ts';
import { encodeLog } from '#analytics/process/log/encode.ts';
import type { EventLog } from '#analytics/process/log/event-log.ts';
import { partOfLog } from '#analytics/process/log/part-of-log.ts';
import { selectedHours } from '#analytics/process/selected-hours.ts';
import { selectedMap } from '#analytics/process/selected-map.ts';

const hour = 3_600_000;
/** Monday, 09:00 UTC. */
const monday = Date.UTC(2024, 0, 8, 9);

/** Events as case, activity and hours after Monday 09:00. */
function logOf(events: readonly (readonly [string, string, number])[]): EventLog {
  const codes = (texts: readonly string[]) => {
    const names = [...new Set(texts)];
    return { names, code: Int32Array.from(texts, (text) => names.indexOf(text)) };
  };
  return encodeLog({
    event_count: events.length,
    case: codes(events.map(([name]) => name)),
    activity: codes(events.map(([, name]) => name)),
    complete_ms: Float64Array.from(events, ([, , hours]) => monday + hours * hour),
    start_ms: null,
    source_row: Int32Array.from(events.keys()),
    resource: null,
    role: null,
    attributes: {},
    left_out: [],
  });
}

const log = logOf([
  ['1', 'Submitted', 0],
  ['1', 'Checked', 1],
  ['1', 'Approved by lead', 4],
  ['2', 'Submitted', 0],
  ['2', 'Approved by lead', 24],
  ['3', 'Submitted', 0],
  ['3', 'Rejected by lead', 2],
]);
const all = new Uint8Array(3).fill(1);
const whole = (activity_share: number, cases = all) =>
  selectedMap(log, { cases, activity_share, waits_ms: calendarWaits(log), parts_ms: null });

test('counts and waits of every edge, decisions of a role as one step', () => {
  const map = whole(1);
  expect(map.traces).toBe(3);
  expect(map.edges.map(({ from, to, count, median }) => [from, to, count, median])).toEqual([
    ['Checked', 'Approved by lead', 1, 3 * 3600],
    ['Submitted', 'Approved by lead', 1, 24 * 3600],
    ['Submitted', 'Checked', 1, 3600],
    ['Submitted', 'Rejected by lead', 1, 2 * 3600],
  ]);
  const [lead] = map.steps;
  expect(lead).toMatchObject({ step: 'lead', kind: 'role', count: 3, rejected: 1 });
  expect(lead?.sum).toBe((3 + 24 + 2) * 3600);
});

test('a wait that spans what is not shown is the sum of its parts', () => {
  const map = whole(0.7);
  expect(map.activities.map(({ name }) => name)).toEqual(['Submitted', 'Approved by lead']);
  expect(map.edges).toMatchObject([
    { from: 'Submitted', to: 'Approved by lead', count: 2, min: 4 * 3600, max: 24 * 3600 },
  ]);
  expect(map.all_activities).toHaveLength(4);
});

test('looks at the kept cases only; of none there is nothing', () => {
  expect(whole(1, Uint8Array.of(0, 1, 0)).edges).toMatchObject([{ count: 1, median: 24 * 3600 }]);
  expect(whole(1, new Uint8Array(3))).toMatchObject({ traces: 0, edges: [], steps: [] });
});

test('what is planned or external has no rank and no share', () => {
  const trip = logOf([
    ['1', 'Submitted', 0],
    ['1', 'Start trip', 200],
    ['1', 'Approved by lead', 210],
  ]);
  const map = selectedMap(trip, {
    cases: Uint8Array.of(1),
    activity_share: 1,
    waits_ms: calendarWaits(trip),
    parts_ms: null,
  });
  expect(map.edges.map(({ to, control, rank }) => [to, control, rank])).toEqual([
    ['Approved by lead', 'own', 1],
    ['Start trip', 'planned', null],
  ]);
  expect(map.steps.find(({ step }) => step === 'Start trip')?.share_of_wait).toBeNull();
  expect(map.steps[0]).toMatchObject({ step: 'lead', share_of_wait: 1 });
});

test('causes add up to the wait, and working time leaves closed hours out', () => {
  const waits = logWaits(log, { calendars: { standard: officeHours('UTC') } });
  const map = selectedMap(log, {
    cases: all,
    activity_share: 1,
    waits_ms: waits.calendar_ms,
    parts_ms: waits.parts_ms,
  });
  for (const { sum, parts } of map.edges)
    expect(Object.values(parts ?? {}).reduce((total, part) => total + part, 0)).toBeCloseTo(
      sum ?? 0,
    );
  // Monday 09:00 to Tuesday 09:00 is eight hours of work.
  expect(waits.working_ms[4]).toBe(8 * hour);
  expect(waits.person_reason).toBe('no_resource_column');
});

test('takes cases out of a log as a log of their own', () => {
  const part = partOfLog(log, Uint8Array.of(0, 1, 1));
  expect(part.log.cases).toEqual(['2', '3']);
  expect([...part.event]).toEqual([3, 4, 5, 6]);
  expect(part.log.edges.count).toBe(2);
});

test('hours of the week are those of the zone', () => {
  const hours = selectedHours(log, { cases: all, zones: {}, standard_zone: 'Asia/Shanghai' });
  expect(hours.find(({ step }) => step === 'Submitted')).toEqual({
    step: 'Submitted',
    weekday: 1,
    hour: 17,
    events: 3,
  });
});
