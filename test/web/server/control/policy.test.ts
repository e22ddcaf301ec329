import { describe, expect, test } from 'vitest';
import type { Person } from '../../../../web/src/lib/server/auth/person.ts';
import { coverageOf } from '../../../../web/src/lib/server/control/policy-coverage.ts';
import type {
  PolicyDocument,
  PolicyRule,
} from '../../../../web/src/lib/server/control/policy-document.ts';
import {
  simulate,
  type PastPayment,
} from '../../../../web/src/lib/server/control/policy-simulation.ts';
import { answerChange, type ChangeKind } from '../../../../web/src/lib/server/state/changes.ts';
import type { State } from '../../../../web/src/lib/server/state/database.ts';
import { decide } from '../../../../web/src/lib/server/state/decisions.ts';
import { livePolicy } from '../../../../web/src/lib/server/state/policy-live.ts';
import {
  askToGoLive,
  draftPolicy,
  listPolicies,
  putPolicyInForce,
  simulatePolicy,
} from '../../../../web/src/lib/server/state/policy.ts';
import { companyA, companyB, freshState, oneCase, somebody, story } from '../fresh-state.ts';

const world = { company_keys: [companyA], group_currency: 'EUR' };
const effects = {
  policy: putPolicyInForce(() => Promise.resolve(world)),
  standing_decision: () => Promise.reject(new Error('not asked here')),
  access: () => Promise.reject(new Error('not asked here')),
  rule: () => Promise.reject(new Error('not asked here')),
} satisfies Record<ChangeKind, unknown>;
const rule = (given: Partial<PolicyRule>): PolicyRule => ({
  name: 'r',
  amount_from: null,
  amount_below: null,
  categories: [],
  vendor_classes: [],
  company_keys: [],
  bands: [],
  stages: [],
  ...given,
});
const by = (role: 'cfo' | 'risk' | 'approver', k = 1) => ({
  name: role,
  mode: 'k_of_n' as const,
  k,
  slots: Array.from({ length: k }, () => ({ role, user_id: null })),
});
const policy = (...rules: PolicyRule[]): PolicyDocument => ({ two_persons_from: '100000', rules });

describe('a policy', () => {
  test('goes live when it was simulated and a second person confirmed it, and is then in force', async () => {
    const state = await freshState();
    const mei = await somebody(state, { name: 'Mei' });
    const helena = await somebody(state, { name: 'Helena', roles: ['cfo'] });
    const document = policy(
      rule({ name: 'new vendors', vendor_classes: ['new'], stages: [by('cfo')] }),
    );
    expect(await draftPolicy(state, mei, { document, reason: 'fraud in Q3' })).toEqual({
      outcome: 'drafted',
      version: 1,
    });
    expect(await askToGoLive(state, mei, { version: 1, ...world })).toEqual({
      outcome: 'not_simulated',
    });
    await simulatePolicy(state, mei, { version: 1, history: [past({ vendor_class: 'new' })] });
    expect(await askToGoLive(state, helena, { version: 1, ...world })).toEqual({
      outcome: 'not_writer',
    });
    const asked = await askToGoLive(state, mei, { version: 1, ...world });
    expect(asked).toMatchObject({ outcome: 'asked', who: ['Helena'] });
    expect(await livePolicy(state)).toMatchObject({ version: null });
    expect(await confirm(state, mei, asked)).toEqual({ outcome: 'own' });
    expect(await confirm(state, helena, asked)).toEqual({ outcome: 'confirmed' });
    expect(await confirm(state, helena, asked)).toEqual({ outcome: 'ended' });
    expect(await livePolicy(state)).toMatchObject({ version: 1, document });
    expect(await listPolicies(state)).toMatchObject([
      { state: 'live', confirmed_by_name: 'Helena' },
    ]);

    const slight = {
      findings: [{ ...(story().findings[0] ?? never()), detector: 'rubber_stamp', score: 0.3 }],
    };
    const input = {
      decision_id: crypto.randomUUID(),
      case_number: await oneCase(state, slight),
      case_version: 1,
      verdict: 'expected',
      reason_code: 'contract',
      action: 'release',
      note: '',
      expected_status: 'in_approval',
      expected_version: 1,
    } as const;
    expect(await decide(state, mei, input)).toMatchObject({
      outcome: 'asked',
      asked: { who: ['Helena'], because: ['policy'] },
    });
    const [row] = await state.query('select policy_version from confirmation where kind = $1', [
      'decision',
    ]);
    expect(row).toEqual({ policy_version: 1 });
  });

  test('without an approver is refused, and names where', async () => {
    const state = await freshState();
    const mei = await somebody(state);
    await somebody(state, { roles: ['cfo'] });
    const document = policy(rule({ name: 'two of the board', stages: [by('cfo', 2)] }));
    await draftPolicy(state, mei, { document, reason: 'x' });
    await simulatePolicy(state, mei, { version: 1, history: [] });
    expect(await askToGoLive(state, mei, { version: 1, ...world })).toEqual({
      outcome: 'no_approver',
      where: [{ rule: 'two of the board', company_key: companyA }],
    });
  });

  test('is overtaken when its approver left, or another version went live, before it was confirmed', async () => {
    const state = await freshState();
    const mei = await somebody(state);
    const admin = await somebody(state, { roles: ['admin'] });
    const helena = await somebody(state, { roles: ['cfo'] });
    const asked = [];
    for (const version of [1, 2]) {
      await draftPolicy(state, mei, {
        document: policy(rule({ stages: [by('cfo')] })),
        reason: 'x',
      });
      await simulatePolicy(state, mei, { version, history: [] });
      asked.push(await askToGoLive(state, mei, { version, ...world }));
    }
    await state.query('update app_user set active = false where user_id = $1', [helena.user_id]);
    expect(await confirm(state, admin, asked[0])).toEqual({ outcome: 'overtaken' });
    await state.query('update app_user set active = true where user_id = $1', [helena.user_id]);
    expect(await confirm(state, admin, asked[1])).toEqual({ outcome: 'confirmed' });
    expect(await livePolicy(state)).toMatchObject({ version: 2 });
  });

  test.each([
    ['no JSON', null, ''],
    [
      'bounds the wrong way round',
      policy(rule({ amount_from: '10', amount_below: '5' })),
      'rules.0',
    ],
    [
      'a stage that names nobody',
      policy(rule({ stages: [{ name: 's', mode: 'parallel', k: 1, slots: [] }] })),
      'rules.0.stages.0.slots',
    ],
    [
      'more of n than there are',
      policy(rule({ stages: [{ ...by('cfo'), k: 2 }] })),
      'rules.0.stages.0',
    ],
    ['an amount that is none', { two_persons_from: '1e9', rules: [] }, 'two_persons_from'],
  ])('is refused with %s', async (_, document, field) => {
    const state = await freshState();
    const mei = await somebody(state);
    expect(await draftPolicy(state, mei, { document, reason: 'x' })).toMatchObject({
      outcome: 'invalid',
      field,
    });
  });
});

describe('coverage', () => {
  test('names steps nobody can take, rules never reached and amounts nobody may release', () => {
    const people = [person('a', ['risk'], '5000'), person('b', ['cfo'], '90000', [companyA])];
    const found = coverageOf(
      policy(
        rule({ name: 'all', stages: [by('cfo')] }),
        rule({ name: 'hidden', amount_from: '100' }),
        rule({ name: 'approvers', company_keys: [companyA], stages: [by('approver')] }),
      ),
      { people, company_keys: [companyA, companyB], group_currency: 'EUR' },
    );
    expect(found.without_approver).toEqual([
      { rule: 'all', company_key: companyB },
      { rule: 'approvers', company_key: companyA },
    ]);
    expect(found.unreachable).toEqual(['hidden', 'approvers']);
    expect(found.beyond_everybody).toEqual([
      { company_key: companyA, above: '90000' },
      { company_key: companyB, above: '5000' },
    ]);
  });

  test('finds a rule hidden by several earlier ones together', () => {
    const found = coverageOf(
      policy(
        rule({ name: 'low', amount_below: '100' }),
        rule({ name: 'high', amount_from: '100' }),
        rule({ name: 'rest' }),
      ),
      { people: [person('a', ['cfo'], null)], company_keys: [companyA], group_currency: 'EUR' },
    );
    expect(found).toEqual({ without_approver: [], unreachable: ['rest'], beyond_everybody: [] });
  });
});

test('a simulation says what past payments would have needed, beside the version in force', () => {
  const history = [
    past({ amount_base: '50' }),
    past({ amount_base: '500' }),
    past({ amount_base: null }),
    past({ band: 'high' }),
  ];
  const proposed = policy(rule({ name: 'middle', amount_from: '100', stages: [by('risk', 2)] }));
  expect(simulate(policy(), proposed, history)).toMatchObject({
    payments: 4,
    by_persons: [
      { persons: 1, now: 2, then: 1 },
      { persons: 2, now: 2, then: 1 },
      { persons: 3, now: 0, then: 2 },
    ],
    more_persons: 2,
    fewer_persons: 0,
    by_rule: [
      { rule: 'middle', payments: 2, persons: 3, stages: ['risk'] },
      { rule: null, payments: 2, persons: 2 },
    ],
  });
  expect(simulate(policy(), policy(), [])).toMatchObject({ payments: 0, from_on: null });
});

function past(given: Partial<PastPayment>): PastPayment {
  return {
    amount_base: '50',
    category: null,
    vendor_class: 'known',
    company_key: companyA,
    band: 'low',
    requested_on: '2026-01-02',
    ...given,
  };
}

function person(
  user_id: string,
  roles: Person['roles'],
  approval_limit: string | null,
  company_keys: string[] | null = null,
): Person {
  return {
    user_id,
    name: user_id,
    email: '',
    roles,
    company_keys,
    locale: 'en',
    time_zone: 'UTC',
    approval_limit,
    limit_currency: approval_limit === null ? null : 'EUR',
    employee_keys: [],
  };
}

function confirm(state: State, by: Person, asked: unknown) {
  const { confirmation_id } = asked as { confirmation_id: string };
  return answerChange(state, by, { confirmation_id, answer: 'confirm', note: '' }, effects);
}

function never(): never {
  throw new Error('the example story has no finding');
}
