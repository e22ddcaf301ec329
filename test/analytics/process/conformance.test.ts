import { beforeAll, describe, expect, test } from 'vitest';
import { fourEyes, segregationOfDuties } from '#analytics/process/conformance.ts';
import type { EventLog } from '#analytics/process/log/event-log.ts';
import { implausibleStamps } from '#analytics/process/log/implausible-stamps.ts';
import { resourceKind } from '#analytics/process/resources.ts';
import { hasPublicData, logOf, publicLog } from './public-log.ts';

function small(rows: readonly (readonly [string, string, string | null])[]): EventLog {
  return logOf({
    cases: rows.map(([name]) => name),
    activities: rows.map(([, activity]) => activity),
    resources: rows.map(([, , resource]) => resource),
    times: rows.map((_, index) => index),
  });
}
const rule = { first: 'entered', second: 'approved' };

describe('four eyes', () => {
  test('counts cases in which one person did both; system users and nobody known are no persons', () => {
    const log = small([
      ['same', 'entered', 'ada'],
      ['same', 'approved', 'ada'],
      ['apart', 'entered', 'ada'],
      ['apart', 'approved', 'bob'],
      ['system', 'entered', 'batch_01'],
      ['system', 'approved', 'batch_01'],
      ['nobody', 'entered', null],
      ['nobody', 'approved', null],
      ['half', 'entered', 'ada'],
    ]);
    const [found] = fourEyes(log, [rule]);
    expect(found).toMatchObject({
      answer: 'assessed',
      cases: 2,
      violations: 1,
      not_assessable_cases: 2,
    });
    expect(found?.answer === 'assessed' ? found.examples : []).toEqual([
      { case: 'same', person: 'ada', first_ms: 0, second_ms: 1 },
    ]);
  });

  test('is not assessable, rather than free of violations, where nobody is named', () => {
    const unnamed = small([
      ['a', 'entered', null],
      ['a', 'approved', 'SYSTEM'],
    ]);
    expect(fourEyes(unnamed, [rule])).toEqual([
      { rule, answer: 'not_assessable', reason: 'no_person_named', not_assessable_cases: 1 },
    ]);
    const never = small([['a', 'entered', 'ada']]);
    expect(fourEyes(never, [rule])[0]).toMatchObject({ reason: 'no_case_with_both' });
    expect(fourEyes(small([]), [rule])[0]).toMatchObject({ reason: 'no_resource_column' });
  });

  test.each([
    ['ada', 'person'],
    ['user_002', 'person'],
    ['Bob Jobs', 'person'],
    ['Autumn Lee', 'person'],
    ['batch_07', 'system'],
    ['SYSTEM', 'system'],
    ['NONE', 'unknown'],
    ['', 'unknown'],
  ])('%s is a %s', (name, kind) => {
    expect(resourceKind(name)).toBe(kind);
  });
});

test('segregation of duties looks over all cases', () => {
  const log = small([
    ['a', 'vendor bank changed', 'ada'],
    ['b', 'paid', 'ada'],
    ['c', 'paid', 'bob'],
  ]);
  const duties = { duty: ['vendor bank changed'], against: ['paid'] };
  expect(segregationOfDuties(log, [duties])).toEqual([
    {
      rule: duties,
      answer: 'assessed',
      persons: 2,
      violations: [{ person: 'ada', duty_events: 1, against_events: 1 }],
    },
  ]);
});

describe.runIf(hasPublicData)('BPI Challenge 2019', () => {
  let log: EventLog;
  beforeAll(async () => {
    log = await publicLog('BPI_Challenge_2019-3-w-after');
  });

  test.each([
    ['Create Purchase Order Item', 'Record Goods Receipt', 2_351, 7_469],
    ['Record Invoice Receipt', 'Clear Invoice', 349, 9_139],
    ['Record Invoice Receipt', 'Remove Payment Block', 96, 2_006],
    ['Create Purchase Order Item', 'Record Invoice Receipt', 0, 9_319],
  ])('%s and %s: one user in %d of %d cases', (first, second, violations, cases) => {
    expect(fourEyes(log, [{ first, second }])[0]).toMatchObject({
      answer: 'assessed',
      violations,
      cases,
    });
  });

  test('has 93 events in 53 cases outside January 2018 to January 2019, back to 2001', () => {
    const told = {
      from_ms: Date.parse('2018-01-01T00:00:00+01:00'),
      to_ms: Date.parse('2019-02-01T00:00:00+01:00'),
    };
    expect(implausibleStamps(log, null, told)).toMatchObject({ events: 93, cases: 53 });
    expect(implausibleStamps(log).earliest?.slice(0, 4)).toBe('2001');
  });
});

test.runIf(hasPublicData)(
  'four eyes is not assessable where staff is anonymous (2020)',
  async () => {
    const log = await publicLog('DomesticDeclarations');
    const [found] = fourEyes(log, [
      {
        first: 'Declaration SUBMITTED by EMPLOYEE',
        second: 'Declaration FINAL_APPROVED by SUPERVISOR',
      },
    ]);
    expect(found).toMatchObject({ answer: 'not_assessable', reason: 'anonymous' });
    expect(
      segregationOfDuties(log, [{ duty: ['Request Payment'], against: ['Payment Handled'] }])[0],
    ).toMatchObject({ answer: 'not_assessable' });
  },
);
