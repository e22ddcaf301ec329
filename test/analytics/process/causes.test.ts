import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { officeHours, type CalendarRule } from '#analytics/process/calendar.ts';
import { splitWaits, waitCauses } from '#analytics/process/causes.ts';
import { causesOfWaiting } from '#analytics/process/edge-causes.ts';
import type { EventLog } from '#analytics/process/log/event-log.ts';
import { hasPublicData, logOf, publicLog } from './public-log.ts';

const hour = 3_600_000;
const at = (text: string) => Date.parse(`${text}Z`);
const always: CalendarRule = {
  time_zone: 'UTC',
  week: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from_minute: 0, to_minute: 1_440 })),
  holidays: null,
  overrides: [],
};

/** Events as [case, activity, resource, time]. */
function small(rows: readonly (readonly [string, string, string, string])[]): EventLog {
  return logOf({
    cases: rows.map(([name]) => name),
    activities: rows.map(([, activity]) => activity),
    resources: rows.map(([, , resource]) => resource),
    times: rows.map(([, , , time]) => at(time)),
  });
}

function hoursOf(log: EventLog, from: string, to: string, standard = officeHours('UTC')) {
  const found = causesOfWaiting(log, splitWaits(log, { calendars: { standard } })).edges.find(
    (edge) => edge.from === from && edge.to === to,
  );
  return Object.fromEntries(
    waitCauses.map((cause) => [cause, (found?.parts_ms[cause] ?? Number.NaN) / hour]),
  );
}

describe('causes of waiting', () => {
  test('a night is outside working hours, what is left of the day is rest', () => {
    const log = small([
      ['a', 'submitted', 'ada', '2026-06-01T16:00'],
      ['a', 'approved', 'bob', '2026-06-02T11:00'],
    ]);
    expect(hoursOf(log, 'submitted', 'approved')).toEqual({
      rework: 0,
      batch: 0,
      queue: 0,
      prioritisation: 0,
      outside_hours: 16,
      rest: 3,
    });
  });

  test('work that was ready before is the queue, work that came later and went first is prioritisation', () => {
    const log = small([
      ['early', 'submitted', 'ada', '2026-06-01T09:00'],
      ['mine', 'submitted', 'ada', '2026-06-01T10:00'],
      ['late', 'submitted', 'ada', '2026-06-01T11:00'],
      ['early', 'approved', 'bob', '2026-06-01T12:00'],
      ['late', 'approved', 'bob', '2026-06-01T14:00'],
      ['mine', 'checked', 'bob', '2026-06-01T16:00'],
    ]);
    const parts = hoursOf(log, 'submitted', 'checked');
    expect(parts['queue']).toBe(0.5);
    expect(parts['prioritisation']).toBe(0.5);
    expect(parts['rest']).toBe(5);
  });

  test('a wait after a rejection, or before an activity the case already had, is rework', () => {
    const log = small([
      ['a', 'submitted', 'ada', '2026-06-01T09:00'],
      ['a', 'rejected', 'bob', '2026-06-01T10:00'],
      ['a', 'submitted', 'ada', '2026-06-01T12:00'],
      ['a', 'approved', 'bob', '2026-06-01T13:00'],
    ]);
    expect(hoursOf(log, 'rejected', 'submitted')['rework']).toBe(2);
    expect(hoursOf(log, 'submitted', 'rejected')['rework']).toBe(0);
  });

  test('of a missed payment run only the time to the first run is the run', () => {
    const mondays = Array.from(
      { length: 30 },
      (_, week) => new Date(Date.UTC(2026, 0, 5 + 7 * week)),
    );
    const rows = mondays.flatMap((monday, week) =>
      [0, 1].flatMap((item): [string, string, string, string][] => {
        const on = monday.toISOString().slice(0, 10);
        const ready =
          week === 10 && item === 0
            ? new Date(monday.getTime() - 11 * 24 * hour)
            : new Date(monday.getTime() - 4 * 24 * hour);
        return [
          [`${week}.${item}`, 'released', 'ada', `${ready.toISOString().slice(0, 10)}T12:00`],
          [`${week}.${item}`, 'paid', 'SYSTEM', `${on}T17:00`],
        ];
      }),
    );
    const log = small(rows);
    const split = splitWaits(log, { calendars: { standard: always } });
    const event = log.activity.findIndex(
      (activity, index) =>
        log.activities[activity] === 'paid' && (split.wait_ms[index] ?? 0) > 200 * hour,
    );
    expect((split.parts.batch[event] ?? 0) / hour).toBe(4 * 24 + 5);
    expect((split.parts.rest[event] ?? 0) / hour).toBe(7 * 24);
  });

  test('parts are whole milliseconds, never negative, and add up; the order of rows is nothing', () => {
    const row = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.constantFrom('submitted', 'checked', 'approved', 'rejected', 'paid'),
      fc.constantFrom('ada', 'bob', 'SYSTEM', 'NONE'),
      fc.uniqueArray(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(row, { maxLength: 40, selector: ([, , , [minute]]) => minute }),
        (rows) => {
          const texts = rows.map(
            ([name, activity, resource, [minute = 0]]) =>
              [
                name,
                activity,
                resource,
                new Date(Date.UTC(2026, 2, 20) + minute * 60_000).toISOString().slice(0, 19),
              ] as const,
          );
          const settings = {
            calendars: { standard: officeHours('Europe/Amsterdam', { country: 'NL' }) },
          };
          const log = small(texts);
          const split = splitWaits(log, settings);
          for (let event = 0; event < log.event_count; event++) {
            const parts = waitCauses.map((cause) => split.parts[cause][event] ?? Number.NaN);
            expect(parts.every((part) => part >= 0 && Number.isInteger(part))).toBe(true);
            expect(parts.reduce((sum, part) => sum + part, 0)).toBe(split.wait_ms[event]);
          }
          const turned = small([...texts].reverse());
          const key = (edge: { from: string; to: string }) => `${edge.from} ${edge.to}`;
          const inOrder = (given: EventLog) =>
            causesOfWaiting(given, splitWaits(given, settings))
              .edges.map((edge) => ({ ...edge, rank: null }))
              .sort((a, b) => (key(a) < key(b) ? -1 : 1));
          expect(inOrder(turned)).toEqual(inOrder(log));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('what is planned or external has no rank, however long it takes', () => {
    const log = small([
      ['a', 'Permit APPROVED by SUPERVISOR', 'ada', '2026-01-01T12:00'],
      ['a', 'Start trip', 'NONE', '2026-06-01T12:00'],
      ['a', 'Declaration SUBMITTED by EMPLOYEE', 'bob', '2026-06-02T12:00'],
    ]);
    const { edges } = causesOfWaiting(log, splitWaits(log, { calendars: { standard: always } }));
    expect(edges.map(({ to, control, rank }) => [to, control, rank])).toEqual([
      ['Declaration SUBMITTED by EMPLOYEE', 'own', 1],
      ['Start trip', 'planned', null],
    ]);
  });

  test('an empty log waits for nothing', () => {
    const log = small([]);
    expect(
      causesOfWaiting(log, splitWaits(log, { calendars: { standard: always } })),
    ).toMatchObject({
      wait_ms: 0,
      edges: [],
    });
  });
});

describe.runIf(hasPublicData)('causes in public logs', () => {
  test.each(['RequestForPayment', 'DomesticDeclarations'] as const)(
    '%s waits for the payment run, and queues are not assessable where staff is anonymous',
    async (name) => {
      const log = await publicLog(name);
      const standard = officeHours('Europe/Amsterdam', { country: 'NL' });
      const causes = causesOfWaiting(log, splitWaits(log, { calendars: { standard } }));
      const [first] = causes.edges;
      expect(first).toMatchObject({
        from: 'Request Payment',
        to: 'Payment Handled',
        main_cause: 'batch',
        rank: 1,
      });
      expect((first?.parts_ms.batch ?? 0) / (first?.wait_ms ?? 0)).toBeGreaterThan(0.8);
      expect(causes).toMatchObject({ is_person_known: false, person_reason: 'anonymous' });
      expect(causes.parts_ms.queue + causes.parts_ms.prioritisation).toBe(0);
      const sum = waitCauses.reduce((total, cause) => total + causes.parts_ms[cause], 0);
      expect(sum).toBe(causes.wait_ms);
    },
  );

  test('BPI Challenge 2019 waits for Thursday, and its vendors are not ranked', async () => {
    const log = await publicLog('BPI_Challenge_2019-3-w-after');
    const standard = officeHours('Europe/Amsterdam', { country: 'NL' });
    const causes = causesOfWaiting(log, splitWaits(log, { calendars: { standard } }));
    const [first] = causes.edges;
    expect(first).toMatchObject({
      from: 'Record Invoice Receipt',
      to: 'Clear Invoice',
      count: 9_427,
    });
    expect(first?.parts_ms.batch ?? 0).toBeGreaterThan(0);
    expect(causes.is_person_known).toBe(true);
    expect(causes.parts_ms.queue).toBeGreaterThan(0);
    expect(
      causes.edges.filter(({ to }) => to === 'Vendor creates invoice').map(({ rank }) => rank),
    ).toEqual(expect.arrayContaining([null]));
  });
});
