import { describe, expect, test } from 'vitest';
import type { Person } from '../../../../web/src/lib/server/auth/person.ts';
import { personById } from '../../../../web/src/lib/server/auth/person.ts';
import {
  accessOf,
  askToChangeAccess,
  changeAccess,
  type Access,
} from '../../../../web/src/lib/server/state/access-change.ts';
import {
  currentAccess,
  differences,
  listReviews,
  signReview,
} from '../../../../web/src/lib/server/state/access-review.ts';
import { answerChange } from '../../../../web/src/lib/server/state/changes.ts';
import type { State } from '../../../../web/src/lib/server/state/database.ts';
import { companyA, freshState, somebody } from '../fresh-state.ts';

describe('access', () => {
  test('changes when a second person confirmed it, never one of the two concerned', async () => {
    const { state, admin, cfo, mei } = await company();
    const asked = await ask(state, admin, mei, {
      roles: ['approver'],
      company_keys: [companyA],
      approval_limit: '5000',
      limit_currency: 'EUR',
    });
    expect(asked).toMatchObject({ outcome: 'asked', who: ['Helena'] });
    expect(await ask(state, admin, mei, { active: false })).toEqual({ outcome: 'already_asked' });
    expect(await accessOf(state, mei.user_id)).toMatchObject({ roles: ['risk'] });
    expect(await confirm(state, admin, asked)).toEqual({ outcome: 'own' });
    expect(await confirm(state, mei, asked)).toEqual({ outcome: 'own' });
    expect(await confirm(state, cfo, asked)).toEqual({ outcome: 'confirmed' });
    expect(await personById(state, mei.user_id)).toMatchObject({
      roles: ['approver'],
      company_keys: [companyA],
      approval_limit: '5000.0000',
    });
    const [row] = await state.query(
      "select actor, before, after from audit_log where action = 'access.confirmed'",
    );
    expect(row).toMatchObject({
      actor: cfo.user_id,
      before: { roles: ['risk'] },
      after: { change: { roles: ['approver'] }, asked_by: admin.user_id },
    });
  });

  test.each<[string, Partial<Access>, string]>([
    ['no role', { roles: [] }, 'roles'],
    ['roles that exclude each other', { roles: ['admin', 'cfo'] }, 'duties'],
    ['a limit without a currency', { approval_limit: '1' }, 'limit'],
    ['nothing new', {}, 'nothing'],
  ])('is not changed to %s', async (_, wrong, why) => {
    const { state, admin, mei } = await company();
    expect(await ask(state, admin, mei, wrong)).toEqual({ outcome: 'refused', why });
  });

  test('keeps one administrator, and is not changed when it is another one by then', async () => {
    const { state, admin, cfo, mei } = await company();
    expect(await ask(state, cfo, admin, { active: false })).toEqual({
      outcome: 'refused',
      why: 'last_admin',
    });
    const asked = await ask(state, admin, mei, { roles: ['analyst'] });
    await state.query("update app_user set roles = '{approver}' where user_id = $1", [mei.user_id]);
    expect(await confirm(state, cfo, asked)).toEqual({ outcome: 'overtaken' });
    expect(await accessOf(state, mei.user_id)).toMatchObject({ roles: ['approver'] });
  });

  test('is reviewed: signed as it was seen, and compared the next time', async () => {
    const { state, cfo, mei } = await company();
    const seen = await currentAccess(state);
    expect(differences([], seen)).toHaveLength(3);
    expect(await signReview(state, cfo, { seen, note: 'Q4' })).toEqual({ outcome: 'signed' });
    const [review] = await listReviews(state);
    expect(review).toMatchObject({ signed_by_name: 'Helena', note: 'Q4' });
    expect(differences(review?.snapshot ?? [], await currentAccess(state))).toEqual([]);
    await state.query("update app_user set roles = '{analyst}' where user_id = $1", [mei.user_id]);
    expect(differences(review?.snapshot ?? [], await currentAccess(state))).toMatchObject([
      { name: 'Mei', kind: 'changed' },
    ]);
    expect(await signReview(state, cfo, { seen, note: '' })).toEqual({ outcome: 'changed' });
  });
});

async function company() {
  const state = await freshState();
  const admin = await somebody(state, { name: 'Sam', roles: ['admin'] });
  const cfo = await somebody(state, { name: 'Helena', roles: ['cfo'] });
  const mei = await somebody(state, { name: 'Mei' });
  return { state, admin, cfo, mei };
}

async function ask(state: State, by: Person, about: Person, change: Partial<Access>) {
  const before = await accessOf(state, about.user_id);
  if (before === null) throw new Error('the account is missing');
  return askToChangeAccess(state, by, {
    user_id: about.user_id,
    access: { ...before, ...change },
    reason: 'new job',
  });
}

function confirm(state: State, by: Person, asked: unknown) {
  const { confirmation_id } = asked as { confirmation_id: string };
  const unasked = () => Promise.reject(new Error('not asked here'));
  const effects = {
    policy: unasked,
    standing_decision: unasked,
    rule: unasked,
    access: changeAccess,
  };
  return answerChange(state, by, { confirmation_id, answer: 'confirm', note: '' }, effects);
}
