import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Person } from '../../../../web/src/lib/server/auth/person.ts';
import { verifyAudit } from '../../../../web/src/lib/server/state/audit.ts';
import { syncCases } from '../../../../web/src/lib/server/state/case-sync.ts';
import { getCase } from '../../../../web/src/lib/server/state/cases.ts';
import type { State } from '../../../../web/src/lib/server/state/database.ts';
import type { DecisionInput } from '../../../../web/src/lib/server/state/decision-record.ts';
import { decide, undo } from '../../../../web/src/lib/server/state/decisions.ts';
import {
  answerDecision,
  withdrawDecision,
} from '../../../../web/src/lib/server/state/four-eyes.ts';
import { asOf, companyB, freshState, oneCase, somebody, story } from '../fresh-state.ts';

const [finding] = story().findings;
if (finding === undefined) throw new Error('the example story has no finding');
const grave = [{ ...finding, detector: 'duplicate_invoice_exact', score: 0.99 }];
const slight = [{ ...finding, detector: 'rubber_stamp', score: 0.3 }];
const limited = { approval_limit: '999.9999', limit_currency: 'EUR' };

describe('a release above the limit', () => {
  test('is stored for somebody whose limit covers it, and sent when they confirm', async () => {
    const state = await freshState();
    const pieter = await somebody(state, { name: 'Pieter', roles: ['approver'], ...limited });
    const helena = await somebody(state, { name: 'Helena', roles: ['cfo'] });
    await somebody(state, { name: 'Other approver', roles: ['approver'], ...limited });
    await somebody(state, { name: 'Elsewhere', roles: ['cfo'], company_keys: [companyB] });
    await somebody(state, { name: 'Auditor', roles: ['auditor'] });
    const input = release(await oneCase(state, { findings: slight }));

    expect(await decide(state, pieter, input)).toMatchObject({
      outcome: 'asked',
      asked: { who: ['Helena'], because: ['above_limit'], required_persons: 2 },
    });
    expect(await sent(state)).toBe(0);
    expect(await getCase(state, helena, input.case_number)).toMatchObject({ state: 'waiting' });
    expect(await answer(state, helena, input)).toEqual({ outcome: 'confirmed', complete: true });
    expect(await sent(state)).toBe(1);
    const shown = await getCase(state, helena, input.case_number);
    expect(shown).toMatchObject({ state: 'decided', delivery: 'queued' });
    expect(shown?.decisions[0]).toMatchObject({ decided_by_name: 'Pieter' });
    expect(await verifyAudit(state)).toMatchObject({ intact: true });
    expect(await audited(state, input.case_number)).toEqual([
      ['decision.asked', pieter.user_id],
      ['decision.confirmed', helena.user_id],
      ['decision.recorded', helena.user_id],
    ]);
  });

  test('is refused with a clear answer when nobody could confirm it', async () => {
    const state = await freshState();
    const pieter = await somebody(state, { roles: ['approver'], ...limited });
    await somebody(state, { roles: ['approver'], ...limited });
    const input = release(await oneCase(state, { findings: slight }));
    expect(await decide(state, pieter, input)).toEqual({
      outcome: 'nobody_may',
      because: ['above_limit'],
    });
    expect(await getCase(state, pieter, input.case_number)).toMatchObject({
      state: 'open',
      version: 1,
    });
  });

  test('is refused when the confirming limit is in a currency that cannot be compared', async () => {
    const state = await freshState();
    const pieter = await somebody(state, { roles: ['approver'], ...limited });
    await somebody(state, { roles: ['cfo'], approval_limit: '9999999', limit_currency: 'USD' });
    const input = release(await oneCase(state, { findings: slight }));
    expect(await decide(state, pieter, input)).toMatchObject({ outcome: 'nobody_may' });
  });
});

describe('four eyes', () => {
  test.each([
    ['of high risk', { findings: grave }, ['high_risk']],
    [
      'of an amount that takes two',
      { findings: slight, amount_base: '100000' },
      ['two_person_amount'],
    ],
    [
      'of an amount nobody knows',
      { findings: slight, amount: null, amount_base: null },
      ['two_person_amount'],
    ],
    [
      'of high risk without a payment: a dismissal',
      { findings: grave, payment_request_key: null, payment_request_id: null },
      ['high_risk'],
    ],
  ])('hold a release %s, also of somebody without a limit', async (_, given, because) => {
    const state = await freshState();
    const helena = await somebody(state, { roles: ['cfo'] });
    await somebody(state, { roles: ['risk'] });
    const input = release(await oneCase(state, given));
    expect(await decide(state, helena, input)).toMatchObject({
      outcome: 'asked',
      asked: { because },
    });
    expect(await sent(state)).toBe(0);
  });

  test('let a slight payment inside the limit go at once', async () => {
    const state = await freshState();
    const risk = await somebody(state, { roles: ['risk'] });
    const input = release(await oneCase(state, { findings: slight }));
    expect(await decide(state, risk, input)).toMatchObject({ outcome: 'decided' });
  });

  test('never wait before a payment is stopped: a hold ends what waits', async () => {
    const { state, mei, helena, input } = await asked();
    const version = (await getCase(state, helena, input.case_number))?.version ?? 0;
    const hold = {
      ...input,
      decision_id: randomUUID(),
      case_version: version,
      action: 'hold',
      verdict: 'unsure',
      reason_code: 'needs_information',
    } as const;
    expect(await decide(state, helena, hold)).toMatchObject({ outcome: 'decided' });
    expect(await answer(state, helena, input)).toEqual({ outcome: 'ended', why: 'decided' });
    expect(await answer(state, mei, input)).toEqual({ outcome: 'ended', why: 'decided' });
    expect(await actionsSent(state)).toEqual(['hold']);
  });

  test('are never of one person', async () => {
    const { state, mei, input } = await asked();
    expect(await answer(state, mei, input)).toEqual({ outcome: 'refused', why: 'own' });
    await expect(
      state.query(
        `insert into confirmation_answer (confirmation_id, position, answered_by, on_behalf_of, answer)
         values ($1, 0, $2, $2, 'confirm')`,
        [input.decision_id, mei.user_id],
      ),
    ).rejects.toThrow('nobody confirms their own request');
    expect(await sent(state)).toBe(0);
  });

  test('are never of one person who acts through a delegation', async () => {
    const { state, mei, helena, input } = await asked();
    const ruben = await somebody(state, { name: 'Ruben', roles: ['risk'] });
    await lend(state, helena, mei);
    await lend(state, mei, ruben);
    // Mei for Helena is Mei again; Ruben may confirm in his own right, never for Mei.
    expect(await answer(state, mei, input)).toEqual({ outcome: 'refused', why: 'own' });
    expect(await answer(state, ruben, input)).toEqual({ outcome: 'confirmed', complete: true });
    const [row] = await state.query('select on_behalf_of from confirmation_answer');
    expect(row).toEqual({ on_behalf_of: ruben.user_id });
  });

  test('need a right that holds now', async () => {
    const { state, helena, input } = await asked();
    await state.query('update app_user set roles = $2 where user_id = $1', [
      helena.user_id,
      ['auditor'],
    ]);
    expect(await answer(state, helena, input)).toEqual({ outcome: 'refused', why: 'no_right' });
    await state.query('update app_user set active = false where user_id = $1', [helena.user_id]);
    expect(await answer(state, helena, input)).toEqual({ outcome: 'refused', why: 'no_right' });
    expect(await sent(state)).toBe(0);
  });

  test('need the first person to hold the role still', async () => {
    const { state, mei, helena, input } = await asked();
    await state.query('update app_user set active = false where user_id = $1', [mei.user_id]);
    expect(await answer(state, helena, input)).toEqual({ outcome: 'ended', why: 'role_ended' });
    expect(await getCase(state, helena, input.case_number)).toMatchObject({ state: 'open' });
    expect(await sent(state)).toBe(0);
  });

  test.each([
    ['the amount grows', { amount: '2000.0000', amount_base: '2000.0000' }],
    ['a finding appears', { findings: [...grave, { ...finding, finding_key: randomUUID() }] }],
  ])('look again when %s meanwhile', async (_, change) => {
    const state = await freshState();
    const [mei, helena] = [await somebody(state), await somebody(state, { roles: ['cfo'] })];
    const told = story({ findings: grave });
    await syncCases(state, [told], asOf);
    const [row] = await state.query<{ case_number: string }>('select case_number from cases');
    const input = release(row?.case_number ?? '');
    expect(await decide(state, mei, input)).toMatchObject({ outcome: 'asked' });
    await syncCases(state, [{ ...told, ...change }], asOf);
    expect(await answer(state, helena, input)).toEqual({ outcome: 'ended', why: 'changed' });
    expect(await sent(state)).toBe(0);
  });

  test('end when the payment was paid meanwhile; one already paid is not asked about', async () => {
    const { state, helena, input } = await asked();
    expect(await answer(state, helena, { ...input, expected_status: 'paid' })).toEqual({
      outcome: 'ended',
      why: 'paid',
    });
    const other = release(await oneCase(state, { story_key: randomUUID(), findings: [] }));
    expect(await decide(state, helena, { ...other, expected_status: 'paid' })).toEqual({
      outcome: 'over',
    });
  });

  test('count two browsers with the same key once', async () => {
    const { state, mei, helena, input } = await asked();
    expect(await decide(state, mei, input)).toMatchObject({ outcome: 'asked', repeated: true });
    const both = await Promise.all([answer(state, helena, input), answer(state, helena, input)]);
    expect(both).toEqual([
      { outcome: 'confirmed', complete: true },
      { outcome: 'confirmed', complete: true },
    ]);
    expect(await sent(state)).toBe(1);
    expect(await decide(state, mei, input)).toMatchObject({ outcome: 'decided', repeated: true });
  });

  test('are asked once: a second release of the case is pointed to the first', async () => {
    const { state, helena, input } = await asked();
    const version = (await getCase(state, helena, input.case_number))?.version ?? 0;
    const again = { ...input, decision_id: randomUUID(), case_version: version };
    expect(await decide(state, helena, again)).toEqual({ outcome: 'already_asked' });
  });

  test('may decline, and the one who asked may take it back', async () => {
    const first = await asked();
    expect(await answer(first.state, first.helena, first.input, 'decline')).toEqual({
      outcome: 'declined',
    });
    expect(await answer(first.state, first.helena, first.input)).toEqual({
      outcome: 'ended',
      why: 'declined',
    });
    expect(await getCase(first.state, first.mei, first.input.case_number)).toMatchObject({
      state: 'open',
    });

    const second = await asked();
    const id = second.input.decision_id;
    expect(await withdrawDecision(second.state, second.helena, id)).toEqual({
      outcome: 'not_found',
    });
    expect(await withdrawDecision(second.state, second.mei, id)).toEqual({ outcome: 'withdrawn' });
    expect(await answer(second.state, second.helena, second.input)).toEqual({
      outcome: 'ended',
      why: 'withdrawn',
    });
    expect([await sent(first.state), await sent(second.state)]).toEqual([0, 0]);
  });

  test('leave the confirmed decision open to undo for ten seconds, by either', async () => {
    const { state, helena, input } = await asked();
    await answer(state, helena, input);
    expect(await undo(state, helena, input.decision_id)).toEqual({ outcome: 'undone' });
    expect(await getCase(state, helena, input.case_number)).toMatchObject({ state: 'open' });
  });

  test('say nothing about a case outside the entities of the person', async () => {
    const { state, input } = await asked();
    const elsewhere = await somebody(state, { roles: ['cfo'], company_keys: [companyB] });
    expect(await answer(state, elsewhere, input)).toEqual({ outcome: 'not_found' });
    expect(await answer(state, elsewhere, { ...input, decision_id: 'x' })).toEqual({
      outcome: 'not_found',
    });
  });
});

describe('duties are apart', () => {
  const key = randomUUID();
  const none = {
    category: null,
    vendor_class: 'known',
    requesters: [],
    vendor_editors: [],
    approvers: [],
  } as const;
  test.each([
    ['requester', { requesters: [key] }],
    ['vendor_editor', { vendor_editors: [key] }],
    ['approver', { approvers: [key] }],
  ])('a %s neither releases nor confirms, also through a delegation', async (duty, held) => {
    const state = await freshState();
    const mei = await somebody(state, { name: 'Mei' });
    const helena = await somebody(state, { name: 'Helena', roles: ['cfo'] });
    await state.query('update app_user set employee_keys = $2 where user_id = $1', [
      helena.user_id,
      [key],
    ]);
    const input = release(await oneCase(state, { findings: grave, facts: { ...none, ...held } }));
    expect(await decide(state, helena, input)).toEqual({ outcome: 'duty', duty });
    expect(await decide(state, mei, input)).toMatchObject({ outcome: 'nobody_may' });
    const ruben = await somebody(state, { name: 'Ruben', roles: ['approver'], ...limited });
    await lend(state, helena, ruben);
    // Ruben may confirm by himself: Mei's limit covers it. Helena's rights are no part of it.
    expect(await decide(state, mei, input)).toMatchObject({
      outcome: 'asked',
      asked: { who: ['Ruben'] },
    });
    expect(await answer(state, helena, input)).toEqual({ outcome: 'refused', why: 'duty' });
  });
});

async function asked() {
  const state = await freshState();
  const mei = await somebody(state, { name: 'Mei' });
  const helena = await somebody(state, { name: 'Helena', roles: ['cfo'] });
  const input = release(await oneCase(state, { findings: grave }));
  expect(await decide(state, mei, input)).toMatchObject({ outcome: 'asked' });
  return { state, mei, helena, input };
}

function release(caseNumber: string): DecisionInput {
  return {
    decision_id: randomUUID(),
    case_number: caseNumber,
    case_version: 1,
    verdict: 'expected',
    reason_code: 'contract',
    action: 'release',
    note: 'called the vendor',
    expected_status: 'in_approval',
    expected_version: 3,
  };
}

function answer(
  state: State,
  person: Person,
  input: DecisionInput,
  given: 'confirm' | 'decline' = 'confirm',
) {
  const { decision_id: confirmation_id, expected_status, expected_version } = input;
  return answerDecision(state, person, {
    confirmation_id,
    answer: given,
    note: '',
    expected_status,
    expected_version,
  });
}

async function lend(state: State, from: Person, to: Person): Promise<void> {
  await state.query(
    `insert into delegation (from_user, to_user, starts_on, ends_on, reason, made_by)
     values ($1, $2, current_date, current_date, 'leave', $1)`,
    [from.user_id, to.user_id],
  );
}

async function sent(state: State): Promise<number> {
  const [row] = await state.query<{ count: number }>('select count(*) as count from outbox');
  return row?.count ?? -1;
}

async function actionsSent(state: State): Promise<string[]> {
  const rows = await state.query<{ action: string }>(
    'select action from outbox join decision using (decision_id) order by id',
  );
  return rows.map((row) => row.action);
}

async function audited(state: State, subject: string): Promise<[string, string][]> {
  const rows = await state.query<{ action: string; actor: string }>(
    'select action, actor from audit_log where subject = $1 order by id',
    [subject],
  );
  return rows.map((row) => [row.action, row.actor]);
}
