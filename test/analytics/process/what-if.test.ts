import { describe, expect, test } from 'vitest';
import { officeHours } from '#analytics/process/calendar.ts';
import { nextRun, observedRuns, replayRuns } from '#analytics/process/payment-runs.ts';
import type { ProcessChange } from '#analytics/process/replay.ts';
import { whatIf } from '#analytics/process/what-if.ts';
import { zoneSpan } from '#analytics/process/zone.ts';
import { pairedRandom } from '#analytics/statistics/paired-random.ts';
import { hasPublicData, logOf, publicLog } from './public-log.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2025, 0, 6);

/** A year of requests, six a day: clerk and manager each take between one and seven hours, all day long. */
function steady(count = 2_200) {
  const cases: string[] = [];
  const activities: string[] = [];
  const times: number[] = [];
  const amounts: string[] = [];
  for (let index = 0; index < count; index++) {
    let at = start + index * 4 * hour;
    for (const [position, activity] of [
      'submitted by employee',
      'approved by clerk',
      'approved by manager',
    ].entries()) {
      at += position === 0 ? 0 : hour * (1 + 6 * pairedRandom(7, index, position));
      cases.push(`r${index}`);
      activities.push(activity);
      times.push(at);
      amounts.push(String(index % 2 === 0 ? 100 : 900));
    }
  }
  return logOf({ cases, activities, times, amounts });
}
const always = {
  ...officeHours('UTC'),
  week: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from_minute: 0, to_minute: 1_440 })),
};

function meanChange(changes: readonly ProcessChange[]): number {
  const answer = whatIf(steady(), { calendar: always, changes, seed: 3, replications: 20 });
  if (answer.answer !== 'effect')
    throw new Error(`expected an effect, got ${JSON.stringify(answer)}`);
  return answer.effect.mean_change_days.middle * 24;
}

describe('what if', () => {
  test('nothing changed changes nothing, and the same seed gives the same', () => {
    expect(meanChange([])).toBe(0);
    const removed: ProcessChange[] = [{ kind: 'remove_step', step: 'clerk' }];
    expect(meanChange(removed)).toBe(meanChange(removed));
  });

  test('a removed step saves its mean wait, a threshold half of it where half are below', () => {
    expect(meanChange([{ kind: 'remove_step', step: 'clerk' }])).toBeCloseTo(-4, 0);
    expect(meanChange([{ kind: 'threshold', step: 'clerk', below_amount: 500 }])).toBeCloseTo(
      -2,
      0,
    );
  });

  test('steps side by side take the longer of the two: 5 hours instead of 8', () => {
    expect(meanChange([{ kind: 'parallel_steps', step: 'clerk', beside: 'manager' }])).toBeCloseTo(
      -3,
      0,
    );
  });

  test('an added approver takes the faster of two, a delegate only helps after the hours given', () => {
    const added = meanChange([{ kind: 'second_approver', step: 'clerk', after_hours: 0 }]);
    const delegate = meanChange([{ kind: 'second_approver', step: 'clerk', after_hours: 4 }]);
    expect(added).toBeCloseTo(-1, 0);
    expect(delegate).toBeLessThan(0);
    expect(delegate).toBeGreaterThan(added);
    expect(meanChange([{ kind: 'second_approver', step: 'clerk', after_hours: 9 }])).toBeCloseTo(
      0,
      10,
    );
  });

  test('names the steps there are when asked for another', () => {
    expect(() => meanChange([{ kind: 'remove_step', step: 'auditor' }])).toThrow(/clerk, manager/);
  });

  test('says when there is too little to test on', () => {
    const request = { calendar: always, changes: [], seed: 1 };
    expect(whatIf(steady(50), request)).toEqual({ answer: 'too_little_data', cases: 0 });
    const empty = logOf({ cases: [], activities: [], times: [] });
    expect(whatIf(empty, request)).toEqual({ answer: 'too_little_data', cases: 0 });
  });

  test('says that the model is not good enough when the held-out month is unlike the year', () => {
    const log = steady();
    const slowed = { ...log, time_ms: log.time_ms.slice() };
    const from_ms = Date.UTC(2025, 10, 1);
    for (let index = 0; index < log.case_count; index++) {
      const first = log.case_offsets[index] ?? 0;
      if ((log.time_ms[first] ?? 0) < from_ms) continue;
      for (let event = first + 1; event < (log.case_offsets[index + 1] ?? 0); event++)
        slowed.time_ms[event] = (log.time_ms[event] ?? 0) + 2 * day;
    }
    const answer = whatIf(slowed, {
      calendar: always,
      changes: [],
      seed: 1,
      held_out: { from_ms, to_ms: Date.UTC(2025, 11, 1) },
    });
    expect(answer.answer).toBe('not_good_enough');
  });
});

describe('payment runs', () => {
  test('the next run keeps its local hour over a clock change, its lead and its closed days', () => {
    const zone = zoneSpan('Europe/Amsterdam', Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1));
    const calendar = { weekdays: [1, 4], at_minute: 1_020, lead_days: 2 };
    const next = (ready: string, change = {}) =>
      new Date(nextRun(zone, { ...calendar, ...change }, Date.parse(ready))).toISOString();
    expect(next('2026-03-26T10:00:00Z')).toBe('2026-03-30T15:00:00.000Z');
    expect(next('2026-03-19T10:00:00Z')).toBe('2026-03-23T16:00:00.000Z');
    expect(next('2026-03-23T10:00:00Z', { closed_on: ['2026-03-26'] })).toBe(
      '2026-03-30T15:00:00.000Z',
    );
    expect(next('2026-03-23T17:00:00Z', { lead_days: 0 })).toBe('2026-03-26T16:00:00.000Z');
    expect(() => next('2026-03-23T17:00:00Z', { weekdays: [] })).toThrow(/weekday/);
  });
});

describe.runIf(hasPublicData)('public logs', () => {
  test('domestic declarations: Mon+Thu 3.27 d against 3.24 observed, daily with one day lead 1.26 d', async () => {
    const log = await publicLog('DomesticDeclarations');
    const [runs] = observedRuns(log, 'Europe/Amsterdam');
    expect(runs).toMatchObject({
      activity: 'Payment Handled',
      calendar: { weekdays: [1, 4], lead_days: 2 },
      is_good_enough: true,
    });
    expect(runs?.observed).toMatchObject({ items: 9_911 });
    expect(runs?.observed.median_days).toBeCloseTo(3.24, 2);
    expect(runs?.observed.mean_days).toBeCloseTo(3.57, 2);
    const under = (weekdays: readonly number[], lead_days: number) =>
      replayRuns(log, 'Europe/Amsterdam', {
        activity: 'Payment Handled',
        calendar: { weekdays, at_minute: 1_020, lead_days },
      });
    const daily = [1, 2, 3, 4, 5];
    expect(Math.abs((under([1, 4], 2).median_days ?? 0) - 3.27)).toBeLessThan(0.01);
    expect(under([1, 4], 2).mean_days).toBeCloseTo(3.46, 2);
    expect(under(daily, 2).median_days).toBeCloseTo(2.34, 2);
    expect(under(daily, 1).median_days).toBeCloseTo(1.26, 2);
    expect(under(daily, 1).mean_days).toBeCloseTo(1.44, 2);
    expect(under([1, 3, 5], 2).median_days).toBeCloseTo(3.25, 2);
  });

  test('requests for payment: accepted on November 2018, refused on July; daily runs save over a day', async () => {
    const log = await publicLog('RequestForPayment');
    const ask = (month: number) =>
      whatIf(log, {
        calendar: {
          ...officeHours('Europe/Amsterdam', { country: 'NL' }),
          week: daily.map((weekday) => ({ weekday, from_minute: 480, to_minute: 1_080 })),
        },
        seed: 1,
        replications: 20,
        held_out: { from_ms: Date.UTC(2018, month - 1, 1), to_ms: Date.UTC(2018, month, 1) },
        changes: [
          {
            kind: 'run_calendar',
            activity: 'Payment Handled',
            calendar: { weekdays: daily, at_minute: 1_020, lead_days: 1 },
          },
        ],
      });
    const daily = [1, 2, 3, 4, 5];
    const november = ask(11);
    expect(november.answer).toBe('effect');
    if (november.answer !== 'effect') return;
    expect(Math.abs(november.back_test.median_gap)).toBeLessThan(0.1);
    expect(Math.abs(november.back_test.p90_gap)).toBeLessThan(0.1);
    expect(Math.abs(november.back_test.in_progress_gap)).toBeLessThan(0.05);
    expect(november.effect.mean_change_days.high).toBeLessThan(-1);
    expect(ask(7).answer).toBe('not_good_enough');
  });
});
