import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { decideMany } from '../../../web/src/lib/server/decide-many.ts';
import type { Person } from '../../../web/src/lib/server/auth/person.ts';
import {
  mergeCandidates,
  mergeCase,
  membersOf,
  splitCase,
  splitUndecided,
} from '../../../web/src/lib/server/state/case-merge.ts';
import {
  caseCounts,
  getCase,
  listCases,
  snoozeCase,
} from '../../../web/src/lib/server/state/cases.ts';
import { syncCases, type CaseStory } from '../../../web/src/lib/server/state/case-sync.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { asOf, companyA, companyB, freshState, somebody, story } from './fresh-state.ts';

const vendor_key = '00000000-0000-4000-8000-0000000000f1';

/** A story whose only finding is of this detector and time. */
function found(detector: string, found_as_of: string, given: Partial<CaseStory> = {}): CaseStory {
  const base = story({ vendor_key, ...given });
  return { ...base, findings: base.findings.map((one) => ({ ...one, detector, found_as_of })) };
}

const open = async (state: State, person: Person): Promise<string[]> =>
  (await listCases(state, person, { view: 'open', limit: 20 })).cases.map((one) => one.case_number);

test('findings of one vendor, pattern and fortnight are one story; others stay apart', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const day = (date: number): string => `2026-11-${String(date).padStart(2, '0')}T10:00:00.000Z`;
  await syncCases(
    state,
    [
      found('bank_account_change', day(1)),
      found('bank_account_change', day(15)),
      found('bank_account_change', day(16)),
      found('unusual_amount', day(2)),
      found('bank_account_change', day(2), { company_key: companyB }),
      found('bank_account_change', day(2), { vendor_key: randomUUID() }),
      found('bank_account_change', day(2), { vendor_key: null }),
    ],
    asOf,
  );
  expect((await membersOf(state, 'Q-1001')).map((one) => one.case_number)).toEqual(['Q-1002']);
  expect((await open(state, person)).sort()).toEqual([
    'Q-1001',
    'Q-1003',
    'Q-1004',
    'Q-1005',
    'Q-1006',
    'Q-1007',
  ]);
  expect(await caseCounts(state, person)).toMatchObject({ open: 6, all: 7 });
});

test('a later payment of an open story joins it; the money of both is in the row', async () => {
  const state = await freshState();
  const person = await somebody(state);
  await syncCases(state, [found('split_below_limit', '2026-11-10T10:00:00.000Z')], asOf);
  await syncCases(state, [found('split_below_limit', '2026-11-12T10:00:00.000Z')], asOf);
  const { cases } = await listCases(state, person, { view: 'open', limit: 5 });
  expect(cases).toMatchObject([
    {
      case_number: 'Q-1001',
      version: 2,
      member_count: 1,
      members_amount_base: '1000.0000',
      members_expected_loss: '500.0000',
    },
  ]);
  await syncCases(state, [], asOf);
  expect(await open(state, person)).toEqual(['Q-1001']);
});

test('by hand: only within an entity, never with a decided or merged case, and it can be split again', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const stories = [
    story({ vendor_key }),
    story({ vendor_key: randomUUID() }),
    story({ vendor_key: randomUUID(), company_key: companyB }),
    story({ vendor_key: randomUUID() }),
  ];
  await syncCases(state, stories, asOf);
  await state.query(`update cases set state = 'decided' where case_number = 'Q-1004'`);
  const merge = (into: string, case_version = 1): ReturnType<typeof mergeCase> =>
    mergeCase(state, person, { case_number: 'Q-1001', case_version, into });
  for (const into of ['Q-1001', 'Q-1003', 'Q-1004', 'Q-9999', "'; drop table cases; --"]) {
    expect(await merge(into), into).toEqual({ outcome: 'invalid', field: 'into' });
  }
  expect(await merge('Q-1002', 7)).toEqual({ outcome: 'changed', case_version: 1 });
  expect(await merge('Q-1002')).toEqual({ outcome: 'done', case_version: 2 });
  expect(await getCase(state, person, 'Q-1001')).toMatchObject({ merged_into: 'Q-1002' });
  expect(await getCase(state, person, 'Q-1002')).toMatchObject({ member_count: 1, version: 2 });
  expect(await splitCase(state, person, { case_number: 'Q-1001', case_version: 2 })).toEqual({
    outcome: 'done',
    case_version: 3,
  });
  expect(await splitCase(state, person, { case_number: 'Q-1001', case_version: 3 })).toEqual({
    outcome: 'not_found',
  });
  expect(await getCase(state, person, 'Q-1002')).toMatchObject({ member_count: 0, version: 3 });
  const rows = await state.query<{ action: string; subject: string }>(
    `select action, subject from audit_log where action like 'case.%' order by id`,
  );
  expect(rows).toEqual([
    { action: 'case.merged', subject: 'Q-1001' },
    { action: 'case.split', subject: 'Q-1001' },
  ]);
});

test('what followed a case follows it into another', async () => {
  const state = await freshState();
  const person = await somebody(state);
  await syncCases(state, [story({ vendor_key }), story({ vendor_key: null }), story()], asOf);
  await mergeCase(state, person, { case_number: 'Q-1003', case_version: 1, into: 'Q-1002' });
  await mergeCase(state, person, { case_number: 'Q-1002', case_version: 2, into: 'Q-1001' });
  expect((await membersOf(state, 'Q-1001')).map((one) => one.case_number)).toEqual([
    'Q-1002',
    'Q-1003',
  ]);
});

test('offers the undecided cases of the same vendor that the person may see', async () => {
  const state = await freshState();
  const here = await somebody(state, { company_keys: [companyA] });
  const apart = (detector: string, given: Partial<CaseStory> = {}): CaseStory =>
    found(detector, asOf, given);
  await syncCases(
    state,
    [apart('a'), apart('b'), apart('c', { company_key: companyB }), apart('d'), story()],
    asOf,
  );
  await state.query(`update cases set state = 'decided' where case_number = 'Q-1004'`);
  const offered = await mergeCandidates(state, here, 'Q-1001');
  expect(offered.map((one) => one.case_number)).toEqual(['Q-1002']);
});

test('a merged case that finds something new leaves a decided lead, and stays with an open one', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const lead = found('split_below_limit', '2026-11-10T10:00:00.000Z');
  const member = found('split_below_limit', '2026-11-11T10:00:00.000Z');
  await syncCases(state, [lead, member], asOf);
  await state.query(`update cases set state = 'decided'`);
  const [finding] = member.findings;
  if (finding === undefined) throw new Error('the story has a finding');
  const grown = {
    ...member,
    findings: [finding, { ...finding, finding_key: randomUUID(), detector: 'round_amount' }],
  };
  await syncCases(state, [lead, grown], asOf);
  expect(await open(state, person)).toEqual(['Q-1002']);
});

test('cases decided together are each decided on their own', async () => {
  const state = await freshState();
  const person = await somebody(state);
  await syncCases(
    state,
    [
      found('split_below_limit', '2026-11-10T10:00:00.000Z'),
      found('split_below_limit', '2026-11-11T10:00:00.000Z'),
    ],
    asOf,
  );
  const members = await membersOf(state, 'Q-1001');
  const items = members.map((one) => ({
    decision_id: randomUUID(),
    case_number: one.case_number,
    case_version: one.version,
    expected_status: 'in_approval',
    expected_version: 1,
  }));
  const shared = { verdict: 'policy_breach', reason_code: 'split_order', action: 'hold' } as const;
  const results = await decideMany(state, person, { items, ...shared, note: '' });
  expect(results).toMatchObject([{ case_number: 'Q-1002', done: true }]);
  expect(await getCase(state, person, 'Q-1002')).toMatchObject({
    action: 'hold',
    delivery: 'queued',
  });
});

test('none stays behind a decided lead', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const here = await somebody(state, { company_keys: [companyB] });
  await syncCases(
    state,
    [10, 11, 12].map((day) => found('split_below_limit', `2026-11-${day}T10:00:00.000Z`)),
    asOf,
  );
  await state.query(`update cases set state = 'decided' where case_number in ('Q-1001', 'Q-1003')`);
  expect(await splitUndecided(state, here, 'Q-1001')).toEqual([]);
  expect(await splitUndecided(state, person, 'Q-1001')).toEqual(['Q-1002']);
  expect(await open(state, person)).toEqual(['Q-1002']);
  expect(await splitUndecided(state, person, 'Q-1001')).toEqual([]);
});

test('a case put away comes back when its expected loss has grown by half', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const first = story({ expected_loss: '500' });
  await syncCases(state, [first], asOf);
  const until = '2100-01-01T00:00:00.000Z';
  await snoozeCase(state, person, { case_number: 'Q-1001', case_version: 1, until });
  await syncCases(state, [{ ...first, expected_loss: '700' }], asOf);
  expect(await getCase(state, person, 'Q-1001')).toMatchObject({ state: 'snoozed' });
  await syncCases(state, [{ ...first, expected_loss: '751' }], asOf);
  expect(await getCase(state, person, 'Q-1001')).toMatchObject({ state: 'open' });
});
