import { beforeAll, describe, expect, test } from 'vitest';
import { needlessSteps, type StepJudgement } from '#analytics/process/needless-steps.ts';
import { hasPublicData, logOf, publicLog, travelDeclarations } from './public-log.ts';

const hours = (seconds: number | null | undefined) => (seconds ?? Number.NaN) / 3_600;
const of = (steps: readonly StepJudgement[], name: string) =>
  steps.find(({ evidence }) => evidence.step === name);

describe.runIf(hasPublicData)('travel declarations (BPI Challenge 2020, filtered)', () => {
  let steps: readonly StepJudgement[];
  beforeAll(() => {
    steps = needlessSteps(travelDeclarations());
  });

  test('budget owner: 35 of 1,701 rejected, 2.06 % (1.48 to 2.85), median wait 26.6 h, P90 170 h', () => {
    const owner = of(steps, 'BUDGET OWNER')?.evidence;
    expect(owner).toMatchObject({ decisions: 1_701, rejected: 35 });
    expect(owner?.rejected_rate).toBeCloseTo(0.0206, 4);
    expect(owner?.low).toBeCloseTo(0.0148, 4);
    expect(owner?.high).toBeCloseTo(0.0285, 4);
    expect(hours(owner?.median_wait_seconds)).toBeCloseTo(26.55, 1);
    expect(hours(owner?.p90_wait_seconds)).toBeCloseTo(170.4, 1);
    expect(hours(owner?.median_case_seconds_with)).toBeCloseTo(147.9, 1);
    expect(hours(owner?.median_case_seconds_without)).toBeCloseTo(44.0, 1);
  });

  test('supervisor: 88 of 4,547 rejected, 1.94 % (1.57 to 2.38), not more with the amount', () => {
    const supervisor = of(steps, 'SUPERVISOR')?.evidence;
    expect(supervisor).toMatchObject({ decisions: 4_547, rejected: 88 });
    expect(supervisor?.low).toBeCloseTo(0.0157, 4);
    expect(supervisor?.high).toBeCloseTo(0.0238, 4);
    expect(hours(supervisor?.median_wait_seconds)).toBeCloseTo(41.15, 1);
    expect(supervisor?.bands.map(({ rejected, decisions }) => [rejected, decisions])).toEqual([
      [25, 1_150],
      [34, 2_086],
      [24, 1_095],
      [5, 216],
    ]);
    expect(of(steps, 'SUPERVISOR')?.warnings).toContainEqual(
      expect.objectContaining({ kind: 'amount_does_not_separate' }),
    );
  });

  test('0 of 4,582 at administration is a filter, not a needless step', () => {
    const administration = of(steps, 'ADMINISTRATION');
    expect(administration?.next).toBe('not_assessable');
    expect(administration?.warnings).toContainEqual({
      kind: 'filtered',
      values: { rejected: 0, decisions: 4_582 },
    });
    expect(administration?.rungs.every(({ is_open }) => !is_open)).toBe(true);
  });

  test('the budget owner may run beside the supervisor; the last approval stays', () => {
    const owner = of(steps, 'BUDGET OWNER');
    expect(owner?.next).toBe('parallel');
    expect(owner?.warnings.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['deterrence', 'selected_cases', 'overturned_unknown']),
    );
    expect(owner?.rungs.find(({ rung }) => rung === 'remove')?.bar).toBe('not_before_sampling');
    expect(of(steps, 'SUPERVISOR')).toMatchObject({ next: 'keep', is_hard_control: true });
  });
});

test.runIf(hasPublicData)('domestic declarations have the published rejections', async () => {
  const steps = needlessSteps(await publicLog('DomesticDeclarations'));
  expect(
    steps.map(({ evidence }) => [evidence.step, evidence.rejected, evidence.decisions]),
  ).toEqual(
    expect.arrayContaining([
      ['ADMINISTRATION', 936, 8_997],
      ['SUPERVISOR', 286, 10_285],
      ['BUDGET OWNER', 57, 2_804],
      ['PRE_APPROVER', 86, 771],
    ]),
  );
  expect(steps.map(({ evidence }) => evidence.step)).not.toContain('EMPLOYEE');
});

/** Requests that `clerk` and then `manager` decide, an hour apart; every `each`th one is rejected by the clerk. */
function requests(count: number, each: number, amount: string) {
  const cases: string[] = [];
  const activities: string[] = [];
  const times: number[] = [];
  for (let index = 0; index < count; index++)
    for (const [position, activity] of [
      'submitted by employee',
      index % each === 0 ? 'rejected by clerk' : 'approved by clerk',
      'approved by manager',
    ].entries()) {
      cases.push(`r${index}`);
      activities.push(activity);
      times.push(Date.UTC(2026, 0, 1) + (index * 5 + position) * 3_600_000);
    }
  return logOf({ cases, activities, times, amounts: cases.map(() => amount) });
}

describe('the ladder', () => {
  test('never opens removal but to a step that is sampled and clean', () => {
    const log = requests(2_000, 1_999, '10');
    const fresh = of(needlessSteps(log), 'clerk');
    expect(fresh?.next).toBe('parallel');
    expect(fresh?.rungs.find(({ rung }) => rung === 'remove')?.is_open).toBe(false);
    for (const [standing, next] of [
      ['parallel', 'threshold'],
      ['threshold', 'sample'],
      ['sample', 'remove'],
    ] as const)
      expect(of(needlessSteps(log, { current_rung: { clerk: standing } }), 'clerk')?.next).toBe(
        next,
      );
  });

  test('keeps a step that catches more than it costs', () => {
    const log = requests(2_000, 10, '100000');
    const step = of(needlessSteps(log, { current_rung: { clerk: 'parallel' } }), 'clerk');
    expect(step?.next).toBe('keep');
    expect(step?.rungs.map(({ bar }) => bar)).toEqual([
      'already_taken',
      'leakage_above_cost',
      'leakage_above_cost',
      'leakage_above_cost',
      'not_before_sampling',
    ]);
  });

  test('keeps declared controls, and what was decided too rarely', () => {
    const log = requests(2_000, 100, '10');
    expect(of(needlessSteps(log, { hard_controls: ['clerk'] }), 'clerk')).toMatchObject({
      next: 'keep',
      is_hard_control: true,
    });
    const few = of(needlessSteps(requests(40, 20, '10')), 'clerk');
    expect(few?.next).toBe('keep');
    expect(few?.warnings.map(({ kind }) => kind)).toContain('too_few');
  });

  test('an unknown amount is no amount of 0: what drops decisions stays shut', () => {
    const step = of(needlessSteps(requests(2_000, 100, '')), 'clerk');
    expect(step).toMatchObject({ leakage_per_decision: null, cost_per_decision: null });
    expect(step?.rungs.slice(1, 4).map(({ bar }) => bar)).toEqual([
      'no_amount',
      'no_amount',
      'no_amount',
    ]);
  });

  test('counts overturned and edited ones apart when the log shows them', () => {
    const log = logOf({
      cases: Array.from({ length: 5 }, () => 'a'),
      activities: [
        'submitted by employee',
        'rejected by clerk',
        'submitted by employee',
        'edited by clerk',
        'approved by clerk',
      ],
      times: [0, 1, 2, 3, 4],
    });
    const [unknown] = needlessSteps(log);
    expect(unknown?.evidence).toMatchObject({ rejected: 1, overturned: null, edited: 1 });
    const [known] = needlessSteps(log, { was_unchanged: () => true });
    expect(known?.evidence).toMatchObject({ rejected: 1, overturned: 1, edited: 1 });
  });

  test('a log without decisions has no steps', () => {
    expect(needlessSteps(logOf({ cases: [], activities: [], times: [] }))).toEqual([]);
  });
});
