import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  assignableTo,
  assignCase,
  caseCounts,
  commentOnCase,
  getCase,
  listCases,
  snoozeCase,
} from '../../../web/src/lib/server/state/cases.ts';
import { syncCases } from '../../../web/src/lib/server/state/case-sync.ts';
import { asOf, companyA, companyB, freshState, somebody, story } from './fresh-state.ts';

test('opens one case per story, numbered from Q-1001, the largest expected loss first', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const stories = [
    story({ expected_loss: '10' }),
    story({ expected_loss: null }),
    story({ expected_loss: '900' }),
  ];
  expect(await syncCases(state, stories, asOf)).toEqual({ opened: 3, updated: 0, reopened: 0 });
  const { cases, total } = await listCases(state, person, { view: 'open', limit: 10 });
  expect(total).toBe(3);
  expect(cases.map(({ expected_loss }) => expected_loss)).toEqual(['900.0000', '10.0000', null]);
  expect(cases.map(({ case_number }) => case_number).sort()).toEqual([
    'Q-1001',
    'Q-1002',
    'Q-1003',
  ]);
});

test('again changes nothing, in whatever order the stories come', async () => {
  const state = await freshState();
  const stories = [story(), story(), story()];
  await syncCases(state, stories, asOf);
  const before = await state.query('select * from cases order by case_number');
  expect(await syncCases(state, stories.toReversed(), asOf)).toEqual({
    opened: 0,
    updated: 0,
    reopened: 0,
  });
  expect(await state.query('select * from cases order by case_number')).toEqual(before);
});

test('keeps each finding as it was when it entered', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const first = story();
  await syncCases(state, [first], asOf);
  const later = {
    ...first,
    findings: first.findings.map((finding) => ({ ...finding, score: 0.1 })),
  };
  await syncCases(state, [later], asOf);
  expect((await getCase(state, person, 'Q-1001'))?.findings).toMatchObject([{ score: 0.9 }]);
});

test('reopens what was decided when a finding appears that it did not have, and only then', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const first = story();
  await syncCases(state, [first], asOf);
  await state.query(`update cases set state = 'decided'`);
  expect(await syncCases(state, [{ ...first, score: 0.95 }], asOf)).toEqual({
    opened: 0,
    updated: 1,
    reopened: 0,
  });
  expect(await getCase(state, person, 'Q-1001')).toMatchObject({
    state: 'decided',
    score: 0.95,
    version: 1,
  });
  const [finding] = first.findings;
  if (finding === undefined) throw new Error('the story has a finding');
  const grown = {
    ...first,
    findings: [
      ...first.findings,
      { ...finding, finding_key: randomUUID(), detector: 'unusual_amount' },
    ],
  };
  expect(await syncCases(state, [grown], asOf)).toMatchObject({ reopened: 1 });
  expect(await getCase(state, person, 'Q-1001')).toMatchObject({
    state: 'open',
    version: 2,
    detectors: ['duplicate_invoice_exact', 'unusual_amount'],
  });
});

test('a changed amount is a new version, so that a decision about the old one is refused', async () => {
  const state = await freshState();
  const person = await somebody(state);
  const first = story();
  await syncCases(state, [first], asOf);
  await syncCases(state, [{ ...first, amount: '1500' }], asOf);
  expect(await getCase(state, person, 'Q-1001')).toMatchObject({ amount: '1500.0000', version: 2 });
});

test('lists and counts only what the person may see, by view and search', async () => {
  const state = await freshState();
  const everywhere = await somebody(state);
  const here = await somebody(state, { company_keys: [companyA] });
  const vendor = (vendor_name: string) => ({
    title: { vendor_name, invoice_number: null, company_name: null },
  });
  await syncCases(
    state,
    [
      story(vendor('100% Steel')),
      story(vendor('Steel')),
      story({ company_key: companyB, ...vendor('Steel') }),
    ],
    asOf,
  );
  expect(await caseCounts(state, everywhere)).toMatchObject({ open: 3, all: 3, mine: 0 });
  expect(await caseCounts(state, here)).toMatchObject({ open: 2, all: 2 });
  const search = (text: string) =>
    listCases(state, here, { view: 'open', search: text, limit: 10 });
  expect((await search('steel')).total).toBe(2);
  expect((await search('100%')).total).toBe(1);
  expect((await search('%')).total).toBe(1);
  expect((await search(`' or true --`)).total).toBe(0);
  expect(
    (await listCases(state, here, { view: 'open', company_key: companyB, limit: 10 })).total,
  ).toBe(0);
  expect(
    (await listCases(state, here, { view: 'open', detector: 'unusual_amount', limit: 10 })).total,
  ).toBe(0);
});

test('can be assigned, put off and talked about by who sees it, each with its audit row', async () => {
  const state = await freshState();
  const person = await somebody(state);
  await syncCases(state, [story()], asOf);
  const at = (case_version: number) => ({ case_number: 'Q-1001', case_version });
  expect(await assignCase(state, person, { ...at(1), assignee: person.user_id })).toEqual({
    outcome: 'done',
    case_version: 2,
  });
  expect(await assignCase(state, person, { ...at(1), assignee: null })).toEqual({
    outcome: 'changed',
    case_version: 2,
  });
  await snoozeCase(state, person, { ...at(2), until: '2100-01-01T00:00:00.000Z' });
  await commentOnCase(state, person, { case_number: 'Q-1001', body: ' asked the vendor ' });
  expect(await commentOnCase(state, person, { case_number: 'Q-1001', body: '  ' })).toEqual({
    outcome: 'invalid',
    field: 'body',
  });
  expect(await getCase(state, person, 'Q-1001')).toMatchObject({
    state: 'snoozed',
    assignee_name: 'Mei Tanaka',
    snoozed_until: '2100-01-01T00:00:00.000Z',
    comments: [{ body: 'asked the vendor' }],
  });
  const audit = await state.query<{ action: string }>(
    `select action from audit_log where subject = 'Q-1001' order by id`,
  );
  expect(audit.map(({ action }) => action)).toEqual([
    'case.assigned',
    'case.snoozed',
    'case.commented',
  ]);
  const stranger = await somebody(state, { company_keys: [companyB] });
  expect(await commentOnCase(state, stranger, { case_number: 'Q-1001', body: 'x' })).toEqual({
    outcome: 'not_found',
  });
  const auditor = await somebody(state, { roles: ['auditor'] });
  expect(await assignCase(state, auditor, { ...at(3), assignee: null })).toEqual({
    outcome: 'forbidden',
  });
});

test('a case can be given to those who may work on cases of its entity, and to nobody else', async () => {
  const state = await freshState();
  const here = await somebody(state, { name: 'Here', company_keys: [companyA] });
  const everywhere = await somebody(state, { name: 'Everywhere', roles: ['analyst'] });
  await somebody(state, { name: 'Elsewhere', company_keys: [companyB] });
  await somebody(state, { name: 'Reads only', roles: ['auditor'] });
  const people = await assignableTo(state, companyA);
  expect(people.map(({ user_id }) => user_id).sort()).toEqual(
    [here.user_id, everywhere.user_id].sort(),
  );
});
