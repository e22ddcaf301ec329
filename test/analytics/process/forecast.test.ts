import { describe, expect, test } from 'vitest';
import { officeHours } from '#analytics/process/calendar.ts';
import { calibrate, openAt, remainingModel, remainingTime } from '#analytics/process/forecast.ts';
import { approverWorkload, littleOf } from '#analytics/process/workload.ts';
import { pairedRandom } from '#analytics/statistics/paired-random.ts';
import { hasPublicData, logOf, publicLog } from './public-log.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

/** Each day one case; it is submitted, then approved after 1 to 11 days, evenly spread. */
function daily(count: number) {
  const rows = Array.from({ length: count }, (_, index) => {
    const from = start + index * day;
    return { index, from, to: from + day * (1 + 10 * pairedRandom(5, index, 0)) };
  });
  return logOf({
    cases: rows.flatMap(({ index }) => [`c${index}`, `c${index}`]),
    activities: rows.flatMap(() => ['submitted', 'approved']),
    resources: rows.flatMap(() => ['ada', 'bob']),
    times: rows.flatMap(({ from, to }) => [from, to]),
  });
}

describe('remaining time', () => {
  const log = daily(1_000);
  const as_of_ms = start + 900 * day;
  const model = remainingModel(log, { until_ms: as_of_ms });

  test('shrinks with age: of 1 to 11 days about 6 are left at first, 2 after 7', () => {
    const at = (age: number) =>
      remainingTime(
        model,
        {
          last_activity: 'submitted',
          began_ms: as_of_ms - age * day,
          last_ms: as_of_ms - age * day,
        },
        { as_of_ms },
      );
    expect((at(0).p50_seconds ?? 0) / 86_400).toBeCloseTo(6, 0);
    expect((at(0).p90_seconds ?? 0) / 86_400).toBeCloseTo(10, 0);
    expect((at(7).p50_seconds ?? 0) / 86_400).toBeCloseTo(2, 0);
    expect(at(7).basis).toBe('activity_and_age');
  });

  test('the risk of missing a limit is what is left of the curve, and certain once it has passed', () => {
    const risk = (age: number, limit: number) =>
      remainingTime(
        model,
        {
          last_activity: 'submitted',
          began_ms: as_of_ms - age * day,
          last_ms: as_of_ms - age * day,
        },
        { as_of_ms, limit_ms: limit * day },
      ).breach_probability;
    expect(risk(0, 6)).toBeCloseTo(0.5, 1);
    expect(risk(7, 9)).toBeCloseTo(0.5, 1);
    expect(risk(3, 12)).toBe(0);
    expect(risk(8, 7)).toBe(1);
  });

  test('looks at nothing that came later', () => {
    const changed = {
      ...log,
      time_ms: log.time_ms.map((at) => (at >= as_of_ms ? at + 500 * day : at)),
    };
    const open = { last_activity: 'submitted', began_ms: as_of_ms, last_ms: as_of_ms };
    expect(
      remainingTime(remainingModel(changed, { until_ms: as_of_ms }), open, { as_of_ms }),
    ).toEqual(remainingTime(model, open, { as_of_ms }));
  });

  test('is unknown for what no case went through', () => {
    expect(
      remainingTime(
        model,
        { last_activity: 'parked', began_ms: 0, last_ms: 0 },
        { as_of_ms, limit_ms: day },
      ),
    ).toEqual({
      p50_seconds: null,
      p90_seconds: null,
      breach_probability: null,
      alike: 0,
      basis: 'none',
    });
  });

  test('is calibrated on cases it had not seen, and says so when there are too few', () => {
    const months = Array.from(
      { length: 40 },
      (_, index) => start + (500 + index * 10) * day + hour,
    );
    const found = calibrate(log, { as_of_ms: months });
    expect(found.forecasts).toBeGreaterThan(150);
    expect(found.is_calibrated).toBe(true);
    expect(calibrate(log, { as_of_ms: [start] })).toMatchObject({ is_calibrated: false });
  });

  test('knows which cases were open', () => {
    expect(openAt(log, start - 1)).toEqual([]);
    expect(openAt(log, start + hour).map(({ index }) => index)).toEqual([0]);
  });
});

describe("workload and Little's law", () => {
  test('a steady flow agrees with the law, each person and all', () => {
    const time = { from_ms: start + 100 * day, to_ms: start + 900 * day };
    const found = approverWorkload(daily(1_000), {
      calendars: { standard: officeHours('UTC') },
      ...time,
    });
    if (found.answer !== 'assessed') throw new Error('expected an answer');
    expect(found.is_estimate).toBe(true);
    expect(found.persons.map(({ person }) => person)).toEqual(['bob']);
    const [bob] = found.persons;
    expect(bob?.in_progress).toBeCloseTo(6, 0);
    expect(bob?.little_gap).toBeLessThan(0.05);
    expect(bob?.arrived).toBe(800);
    expect(found.little_gap).toBeLessThan(0.05);
  });

  test('a growing pile does not', () => {
    const stays = Array.from({ length: 100 }, (_, index) => ({
      from: start + index * day,
      to: index < 10 ? start + (index + 1) * day : start + 1_000 * day,
    }));
    expect(littleOf(stays, { from_ms: start, to_ms: start + 100 * day }).gap).toBeGreaterThan(1);
  });

  test('busy hours make the utilisation where starts are known', () => {
    const monday = Date.UTC(2026, 5, 1);
    const log = logOf({
      cases: ['a', 'a', 'b', 'b'],
      activities: ['submitted', 'approved', 'submitted', 'approved'],
      resources: ['ada', 'bob', 'ada', 'bob'],
      starts: [8, 9, 8, 13].map((at) => monday + at * hour),
      times: [8, 11, 8, 15].map((at) => monday + at * hour),
    });
    const found = approverWorkload(log, {
      calendars: { standard: officeHours('UTC') },
      from_ms: monday,
      to_ms: monday + day,
    });
    if (found.answer !== 'assessed') throw new Error('expected an answer');
    expect(found.persons.find(({ person }) => person === 'bob')).toMatchObject({
      utilisation: 0.5,
      done: 2,
      per_working_day: 2,
    });
  });
});

describe.runIf(hasPublicData)('public logs', () => {
  test('domestic declarations are forecast in the second half of 2018, better than one median', async () => {
    const log = await publicLog('DomesticDeclarations');
    const found = calibrate(log, {
      as_of_ms: [6, 7, 8, 9, 10, 11].map((month) => Date.UTC(2018, month, 1)),
    });
    expect(found.is_calibrated).toBe(true);
    expect(found.forecasts).toBeGreaterThan(1_000);
    expect(found.error_seconds ?? Infinity).toBeLessThan(found.baseline_error_seconds ?? 0);
  });

  test('workload is not assessable where staff is anonymous, the law still holds over all cases', async () => {
    const found = approverWorkload(await publicLog('RequestForPayment'), {
      calendars: { standard: officeHours('Europe/Amsterdam') },
      from_ms: Date.UTC(2018, 5, 1),
      to_ms: Date.UTC(2018, 11, 1),
    });
    expect(found).toMatchObject({ answer: 'not_assessable', reason: 'anonymous' });
    expect(found.little_gap).toBeLessThan(0.05);
  });
});
