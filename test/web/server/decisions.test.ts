import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { getCase, listCases } from '../../../web/src/lib/server/state/cases.ts';
import { verifyAudit } from '../../../web/src/lib/server/state/audit.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { decide, undo } from '../../../web/src/lib/server/state/decisions.ts';
import type { DecisionInput } from '../../../web/src/lib/server/state/decision-record.ts';
import { claim } from '../../../web/src/lib/server/state/outbox.ts';
import { companyA, companyB, freshState, oneCase, somebody } from './fresh-state.ts';

describe('a decision', () => {
  test('is recorded with its audit row, its case and its job', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const input = hold(await oneCase(state));
    const result = await decide(state, person, input);
    expect(result).toMatchObject({
      outcome: 'decided',
      repeated: false,
      decision: { decided_by_name: 'Mei Tanaka', delivery: 'queued', attempts: 0 },
    });
    expect(await footprint(state)).toEqual({
      decisions: 1,
      outbox: 1,
      jobs: 1,
      audit: 1,
      waiting: 1,
    });
    expect(await verifyAudit(state)).toMatchObject({ intact: true });
  });

  test('is all there or not at all, whichever of its statements fails', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const input = hold(await oneCase(state));
    let failAt = 1;
    for (; failAt < 60; failAt++) {
      const outcome = await decide(failing(state, failAt), person, input).catch(() => 'failed');
      if (outcome !== 'failed') break;
      expect(await footprint(state)).toEqual({
        decisions: 0,
        outbox: 0,
        jobs: 0,
        audit: 0,
        waiting: 0,
      });
    }
    expect(failAt).toBeGreaterThan(8);
    expect(await footprint(state)).toEqual({
      decisions: 1,
      outbox: 1,
      jobs: 1,
      audit: 1,
      waiting: 1,
    });
  });

  test('gives the same answer when it is asked twice, also at once', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const input = hold(await oneCase(state));
    const results = await Promise.all([1, 2, 3].map(() => decide(state, person, input)));
    expect(results.map((result) => result.outcome)).toEqual(['decided', 'decided', 'decided']);
    expect(
      results.filter((result) => result.outcome === 'decided' && !result.repeated),
    ).toHaveLength(1);
    expect(await footprint(state)).toMatchObject({ decisions: 1, outbox: 1, jobs: 1, audit: 1 });
  });

  test('is refused when its id was used for something else', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const input = hold(await oneCase(state));
    await decide(state, person, input);
    expect(await decide(state, person, { ...input, action: 'release' })).toEqual({
      outcome: 'invalid',
      field: 'decision_id',
    });
  });

  test('is refused when the case has changed since it was seen', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const input = hold(await oneCase(state));
    await decide(state, person, input);
    const late = await decide(state, person, { ...input, decision_id: randomUUID() });
    expect(late).toEqual({ outcome: 'changed', case_version: 2 });
  });

  test.each<[string, Partial<DecisionInput>, string]>([
    ['an id that is none', { decision_id: 'x' }, 'decision_id'],
    ['a verdict that does not exist', { verdict: 'maybe' as 'unsure' }, 'verdict'],
    ['a reason of another verdict', { reason_code: 'contract' }, 'reason_code'],
    ['an action that does not exist', { action: 'pay' as 'release' }, 'action'],
    ['a status that does not exist', { expected_status: 'new' }, 'expected_status'],
    ['a note that is too long', { note: 'x'.repeat(4_001) }, 'note'],
  ])('is refused with %s', async (_, wrong, field) => {
    const state = await freshState();
    const person = await somebody(state);
    const input = { ...hold(await oneCase(state)), ...wrong };
    expect(await decide(state, person, input)).toEqual({ outcome: 'invalid', field });
  });

  test("of a case out of the person's entities is as if there were none", async () => {
    const state = await freshState();
    const person = await somebody(state, { company_keys: [companyB] });
    const number = await oneCase(state, { company_key: companyA });
    expect(await decide(state, person, hold(number))).toEqual({ outcome: 'not_found' });
    expect(await getCase(state, person, number)).toBeNull();
    expect(await listCases(state, person, { view: 'all', limit: 10 })).toEqual({
      cases: [],
      total: 0,
    });
  });

  test('needs a role that decides', async () => {
    const state = await freshState();
    const auditor = await somebody(state, { roles: ['auditor'] });
    expect(await decide(state, auditor, hold(await oneCase(state)))).toEqual({
      outcome: 'forbidden',
    });
  });

  test('about a case without a payment request has nothing to send', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const number = await oneCase(state, { payment_request_key: null, payment_request_id: null });
    expect(await decide(state, person, hold(number))).toMatchObject({
      outcome: 'decided',
      decision: { delivery: null },
    });
    expect(await footprint(state)).toMatchObject({ decisions: 1, outbox: 0, jobs: 0 });
  });
});

describe('undo', () => {
  test('takes a queued decision back and leaves the case as it was', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const input = hold(await oneCase(state));
    await decide(state, person, input);
    expect(await undo(state, person, input.decision_id)).toEqual({ outcome: 'undone' });
    expect(await undo(state, person, input.decision_id)).toEqual({ outcome: 'too_late' });
    expect(await footprint(state)).toMatchObject({ decisions: 1, jobs: 0, audit: 2, waiting: 0 });
    const shown = await getCase(state, person, input.case_number);
    expect(shown).toMatchObject({ state: 'open', version: 3, decision_id: null });
    expect(await claim(state, input.decision_id)).toBeNull();
  });

  test('is too late once the decision is on its way', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const input = hold(await oneCase(state));
    await decide(state, person, input);
    await claim(state, input.decision_id);
    expect(await undo(state, person, input.decision_id)).toEqual({ outcome: 'too_late' });
    expect(await footprint(state)).toMatchObject({ waiting: 1 });
  });

  test('is only for the person who decided', async () => {
    const state = await freshState();
    const [person, other] = [await somebody(state), await somebody(state)];
    const input = hold(await oneCase(state));
    await decide(state, person, input);
    expect(await undo(state, other, input.decision_id)).toEqual({ outcome: 'not_found' });
  });
});

function hold(caseNumber: string): DecisionInput {
  return {
    decision_id: randomUUID(),
    case_number: caseNumber,
    case_version: 1,
    verdict: 'error',
    reason_code: 'duplicate',
    action: 'hold',
    note: '',
    expected_status: 'in_approval',
    expected_version: 3,
  };
}

async function footprint(state: State) {
  const [row] = await state.query(
    `select (select count(*) from decision) as decisions, (select count(*) from outbox) as outbox,
       (select count(*) from graphile_worker.jobs) as jobs,
       (select count(*) from audit_log where action like 'decision.%') as audit,
       (select count(*) from cases where state = 'waiting') as waiting`,
  );
  return row;
}

/** The same state, whose n-th statement inside a transaction fails. */
function failing(state: State, n: number): State {
  let sent = 0;
  return {
    ...state,
    transaction: (work) =>
      state.transaction((queries) =>
        work({
          query: (text, values) => {
            sent += 1;
            return sent === n ? Promise.reject(new Error('killed')) : queries.query(text, values);
          },
        }),
      ),
  };
}
