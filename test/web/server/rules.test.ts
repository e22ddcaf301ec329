import { describe, expect, test } from 'vitest';
import type { Rule } from '#analytics/rules/rule.ts';
import type { Person } from '../../../web/src/lib/server/auth/person.ts';
import { answerChange, type ChangeEffect } from '../../../web/src/lib/server/state/changes.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { opensCases } from '../../../web/src/lib/server/state/opens-cases.ts';
import { saveList } from '../../../web/src/lib/server/state/rule-lists.ts';
import { putRuleInForce } from '../../../web/src/lib/server/state/rules-in-force.ts';
import {
  askForRule,
  draftRule,
  listRuleVersions,
  liveRules,
  shadowRule,
} from '../../../web/src/lib/server/state/rules.ts';
import { askToSuppress, endSuppression } from '../../../web/src/lib/server/state/suppressions.ts';
import { companyA, freshState, somebody } from './fresh-state.ts';

const as_of = '2026-11-19T13:12:00.000Z';
const rule: Rule = {
  name: 'Large and urgent',
  subject: 'payment_request',
  severity: 'high',
  all: [
    { kind: 'number', field: 'amount_base', operator: 'at_least', value: '5000' },
    { kind: 'yes_no', field: 'urgent', is: true },
  ],
  unless: [],
};
const unasked: ChangeEffect = () => Promise.reject(new Error('not asked here'));

async function people() {
  const state = await freshState();
  const mei = await somebody(state);
  const otto = await somebody(state, { name: 'Otto Brandt' });
  return { state, mei, otto };
}

async function drafted(
  state: State,
  person: Person,
  document: unknown = rule,
  rule_id: string | null = null,
) {
  const result = await draftRule(state, person, {
    rule_id,
    kind: 'rule',
    document,
    reason: 'seen twice',
    as_of,
  });
  if (result.outcome !== 'drafted') throw new Error(result.why);
  return result;
}

async function confirm(
  state: State,
  person: Person,
  asked: { outcome: string; confirmation_id?: string },
) {
  const { confirmation_id } = asked;
  if (confirmation_id === undefined) throw new Error(`it was not asked but ${asked.outcome}`);
  return answerChange(
    state,
    person,
    { confirmation_id, answer: 'confirm', note: '' },
    { policy: unasked, access: unasked, standing_decision: unasked, rule: putRuleInForce },
  );
}

async function goLive(
  state: State,
  one: Person,
  other: Person,
  of: { rule_id: string; version: number },
) {
  const asked = await askForRule(state, one, { ...of, to: 'live', note: 'go', as_of });
  expect(await confirm(state, other, asked)).toEqual({ outcome: 'confirmed' });
}

describe('a rule', () => {
  test('runs only after a different person confirmed it, and rests the same way', async () => {
    const { state, mei, otto } = await people();
    const draft = await drafted(state, mei);
    expect(draft).toMatchObject({ version: 1, problems: [] });
    expect(await shadowRule(state, mei, draft)).toBe(true);
    const asked = await askForRule(state, mei, { ...draft, to: 'live', note: 'go', as_of });
    expect(await confirm(state, mei, asked)).toEqual({ outcome: 'own' });
    expect((await liveRules(state)).rules).toEqual([]);
    expect(await confirm(state, otto, asked)).toEqual({ outcome: 'confirmed' });
    expect((await liveRules(state)).rules).toEqual([{ rule_id: draft.rule_id, version: 1, rule }]);
    const pause = await askForRule(state, otto, { ...draft, to: 'paused', note: 'noise', as_of });
    expect(await confirm(state, mei, pause)).toEqual({ outcome: 'confirmed' });
    expect((await liveRules(state)).rules).toEqual([]);
    const [row] = await listRuleVersions(state);
    expect(row).toMatchObject({
      state: 'paused',
      written_by_name: 'Mei Tanaka',
      asked_by_name: 'Otto Brandt',
      confirmed_by_name: 'Mei Tanaka',
    });
    const jobs = await state.query(
      "select 1 from graphile_worker.jobs where task_identifier = 'apply_rules'",
    );
    expect(jobs).toHaveLength(1);
  });

  test('is replaced by its next version and can be rolled back to the one before', async () => {
    const { state, mei, otto } = await people();
    const first = await drafted(state, mei);
    await goLive(state, mei, otto, first);
    const second = await drafted(state, mei, { ...rule, severity: 'low' }, first.rule_id);
    await goLive(state, mei, otto, second);
    await goLive(state, otto, mei, first);
    expect(
      (await listRuleVersions(state)).map(({ version, state: now }) => [version, now]),
    ).toEqual([
      [2, 'rolled_back'],
      [1, 'live'],
    ]);
  });

  test('that matches everything or repeats a live one is not even asked', async () => {
    const { state, mei, otto } = await people();
    const open = await drafted(state, mei, { ...rule, all: [] });
    expect(open.problems).toMatchObject([{ code: 'matches_everything' }]);
    expect(await askForRule(state, mei, { ...open, to: 'live', note: '', as_of })).toMatchObject({
      outcome: 'problem',
    });
    await goLive(state, mei, otto, await drafted(state, mei));
    const again = await drafted(state, mei, { ...rule, name: 'Again' });
    expect(again.problems).toMatchObject([{ code: 'same_as', values: { rule: rule.name } }]);
  });

  test('cannot name what is not in the list of fields', async () => {
    const { state, mei } = await people();
    const all = [{ kind: 'number', field: '1; drop table x', operator: 'below', value: '1' }];
    const draft = { rule_id: null, kind: 'rule', reason: 'x', as_of } as const;
    expect(await draftRule(state, mei, { ...draft, document: { ...rule, all } })).toEqual({
      outcome: 'invalid',
      why: 'field',
    });
    expect(await draftRule(state, mei, { ...draft, document: rule, reason: ' ' })).toEqual({
      outcome: 'invalid',
      why: 'reason',
    });
  });
});

describe('a list', () => {
  const document = (name: string, includes: string[] = []) => ({
    name,
    entries: ['a'],
    includes,
    reason: 'known',
    expires_on: '2027-01-01',
  });

  test('in a circle is refused with the circle in words', async () => {
    const { state, mei } = await people();
    const a = await saveList(state, mei, { list_id: null, document: document('A') });
    if (a.outcome !== 'saved') throw new Error(a.outcome);
    const b = await saveList(state, mei, { list_id: null, document: document('B', [a.list_id]) });
    if (b.outcome !== 'saved') throw new Error(b.outcome);
    expect(
      await saveList(state, mei, { list_id: a.list_id, document: document('A', [b.list_id]) }),
    ).toEqual({
      outcome: 'cycle',
      lists: expect.stringMatching(/^(A → B → A|B → A → B)$/) as string,
    });
  });

  test('that a live rule asks takes two persons to change', async () => {
    const { state, mei, otto } = await people();
    const saved = await saveList(state, mei, { list_id: null, document: document('A') });
    if (saved.outcome !== 'saved') throw new Error(saved.outcome);
    const unless = [{ kind: 'list', field: 'vendor_key', operator: 'in', list_id: saved.list_id }];
    await goLive(state, mei, otto, await drafted(state, mei, { ...rule, unless }));
    const changed = { ...document('A'), entries: ['a', 'b'] };
    const asked = await saveList(state, mei, { list_id: saved.list_id, document: changed });
    expect((await liveRules(state)).lists[0]?.entries).toEqual(['a']);
    expect(await confirm(state, otto, asked)).toEqual({ outcome: 'confirmed' });
    expect((await liveRules(state)).lists[0]?.entries).toEqual(['a', 'b']);
  });
});

test('a scope is quiet until its day, only after two persons, and one person can end it', async () => {
  const { state, mei, otto } = await people();
  const scope = {
    detector: 'round_amount',
    vendor_key: null,
    company_key: companyA,
    reason: 'monthly rent',
    expires_on: '2026-12-31',
  };
  const opens = async (company_key: string) =>
    (await opensCases(state, as_of))({
      detector: 'round_amount',
      company_key,
      vendor_key: null,
      score: 0.9,
    } as Parameters<Awaited<ReturnType<typeof opensCases>>>[0]);
  const asked = await askToSuppress(state, mei, { document: scope, as_of });
  expect(await opens(companyA)).toBe(true);
  expect(await confirm(state, otto, asked)).toEqual({ outcome: 'confirmed' });
  expect(await opens(companyA)).toBe(false);
  expect(await opens('00000000-0000-4000-8000-00000000000c')).toBe(true);
  const [row] = await state.query<{ suppression_id: string }>(
    'select suppression_id from suppression',
  );
  expect(await endSuppression(state, mei, row?.suppression_id ?? '')).toBe(true);
  expect(await opens(companyA)).toBe(true);
  for (const wrong of [{ expires_on: '2028-12-31' }, { detector: null }, { reason: '' }])
    expect(
      (await askToSuppress(state, mei, { document: { ...scope, ...wrong }, as_of })).outcome,
    ).toBe('invalid');
});
