import { describe, expect, test } from 'vitest';
import {
  delegate,
  endDelegation,
  listDelegations,
  type DelegationInput,
} from '../../../../web/src/lib/server/state/delegations.ts';
import { companyA, companyB, freshState, somebody } from '../fresh-state.ts';

const today = new Date().toISOString().slice(0, 10);
const inDays = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const to = (to_user: string, given: Partial<DelegationInput> = {}): DelegationInput => ({
  to_user,
  starts_on: today,
  ends_on: inDays(5),
  company_keys: null,
  amount_below: null,
  reason: 'leave',
  ...given,
});

describe('a delegation', () => {
  test('is made, listed and ended early by who lent it', async () => {
    const state = await freshState();
    const [mei, helena] = [
      await somebody(state),
      await somebody(state, { name: 'Helena', roles: ['cfo'] }),
    ];
    const made = await delegate(state, mei, to(helena.user_id), today);
    expect(made).toMatchObject({ outcome: 'made' });
    const [listed] = await listDelegations(state, helena);
    expect(listed).toMatchObject({ from_name: 'Mei Tanaka', to_name: 'Helena', ended_at: null });
    expect(await endDelegation(state, helena, listed?.delegation_id ?? '')).toBe(false);
    expect(await endDelegation(state, mei, listed?.delegation_id ?? '')).toBe(true);
    expect(await endDelegation(state, mei, listed?.delegation_id ?? '')).toBe(false);
  });

  test('never closes a circle on overlapping days, also over several people and at once', async () => {
    const state = await freshState();
    const [a, b, c] = [await somebody(state), await somebody(state), await somebody(state)];
    expect(await delegate(state, a, to(b.user_id), today)).toMatchObject({ outcome: 'made' });
    expect(await delegate(state, b, to(a.user_id), today)).toEqual({
      outcome: 'refused',
      why: 'cycle',
    });
    const both = await Promise.all([
      delegate(state, b, to(c.user_id), today),
      delegate(state, c, to(a.user_id), today),
    ]);
    expect(both.map((one) => one.outcome).sort()).toEqual(['made', 'refused']);
    const later = to(a.user_id, { starts_on: inDays(6), ends_on: inDays(9) });
    expect(await delegate(state, b, later, today)).toMatchObject({ outcome: 'made' });
  });

  test.each<[string, Partial<DelegationInput>, string]>([
    ['its end before its start', { starts_on: inDays(3), ends_on: inDays(2) }, 'dates'],
    ['a day that does not exist', { ends_on: '2027-02-31x' }, 'dates'],
    ['days that are over', { starts_on: inDays(-5), ends_on: inDays(-1) }, 'past'],
    ['half a year', { ends_on: inDays(180) }, 'too_long'],
    ['an entity that is not theirs', { company_keys: [companyB] }, 'scope'],
    ['an amount that is none', { amount_below: 'lots' }, 'scope'],
    ['no reason', { reason: ' ' }, 'reason'],
  ])('is refused with %s', async (_, wrong, why) => {
    const state = await freshState();
    const [mei, helena] = [
      await somebody(state, { company_keys: [companyA] }),
      await somebody(state),
    ];
    expect(await delegate(state, mei, to(helena.user_id, wrong), today)).toEqual({
      outcome: 'refused',
      why,
    });
  });

  test('is refused to oneself, and to or by who does not decide', async () => {
    const state = await freshState();
    const [mei, auditor] = [await somebody(state), await somebody(state, { roles: ['auditor'] })];
    expect(await delegate(state, mei, to(mei.user_id), today)).toEqual({
      outcome: 'refused',
      why: 'self',
    });
    expect(await delegate(state, mei, to(auditor.user_id), today)).toEqual({
      outcome: 'refused',
      why: 'no_right',
    });
    expect(await delegate(state, auditor, to(mei.user_id), today)).toEqual({
      outcome: 'refused',
      why: 'no_right',
    });
  });
});
