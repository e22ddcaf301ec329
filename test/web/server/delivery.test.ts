import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Action } from '../../../web/src/lib/decisions.ts';
import { referenceErp } from '../../../ingest/connectors/reference-erp/connector.ts';
import type { SendResult } from '../../../ingest/connector.ts';
import { deliver, retryPause, type Send } from '../../../web/src/lib/server/jobs/deliver.ts';
import type { Person } from '../../../web/src/lib/server/auth/person.ts';
import { getCase } from '../../../web/src/lib/server/state/cases.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { decide } from '../../../web/src/lib/server/state/decisions.ts';
import { requeueUnanswered } from '../../../web/src/lib/server/state/outbox.ts';
import { startErp, type TestErp } from '../reference-erp/start-erp.ts';
import { freshState, lowRisk, oneCase, somebody } from './fresh-state.ts';

describe('delivery', () => {
  test('ends with the ERP as the decisions say, through failures, lost and repeated answers', async () => {
    const state = await freshState();
    const erp = await startErp({
      requests: ['PR-1', 'PR-2', 'PR-3', 'PR-4'],
      faults: 'seed=7,fail=0.25,drop=0.25,repeat=0.25',
    });
    onTestFinished(erp.stop);
    const person = await somebody(state);
    const wanted = new Map<string, string>();
    const orders: Action[][] = [
      ['hold', 'release'],
      ['hold', 'refer', 'reject'],
      ['release'],
      ['refer', 'hold', 'release'],
    ];
    for (const [index, actions] of orders.entries()) {
      const request = `PR-${index + 1}`;
      const number = await oneCase(state, { payment_request_id: request, ...lowRisk() });
      for (const action of actions) await decideNow(state, person, number, action);
      wanted.set(
        request,
        { release: 'Released', hold: 'Held', reject: 'Rejected', refer: 'Referred' }[
          actions.at(-1) ?? 'hold'
        ],
      );
    }

    await workUntilDone(state, sendTo(erp));

    expect(await erp.statuses()).toEqual(wanted);
    // Every decision was applied once: the version grew by one for each.
    expect(await erp.versions()).toEqual(
      new Map([
        ['PR-1', 5],
        ['PR-2', 6],
        ['PR-3', 4],
        ['PR-4', 6],
      ]),
    );
    expect(await states(state)).toEqual(Array.from({ length: 9 }, () => 'accepted'));
  });

  test('is refused, with the reason, when the request has moved on, and the case is open again', async () => {
    const state = await freshState();
    const erp = await startErp({ requests: ['PR-1'] });
    onTestFinished(erp.stop);
    const person = await somebody(state);
    const number = await oneCase(state, { ...lowRisk() });
    await decideNow(state, person, number, 'release', { expected_version: 2 });
    await workUntilDone(state, sendTo(erp));
    const shown = await getCase(state, person, number);
    expect(shown).toMatchObject({ state: 'open', delivery: 'refused' });
    expect(shown?.delivery_error).toContain('in_approval (version 3)');
    expect(await erp.statuses()).toEqual(new Map([['PR-1', 'In approval']]));
  });

  test('is accepted when the ERP is already in the wanted state', async () => {
    const state = await freshState();
    const erp = await startErp({ requests: ['PR-1'] });
    onTestFinished(erp.stop);
    const person = await somebody(state);
    const first = await oneCase(state);
    await decideNow(state, person, first, 'hold');
    await workUntilDone(state, sendTo(erp));
    // A second case about the same request, seen before the first decision arrived.
    const elsewhere: Send = (_source, command, signal) =>
      sendTo(erp)(
        'erp',
        { ...command, expected_version: 3, expected_status: 'in_approval' },
        signal,
      );
    const second = await oneCase(state);
    await decideNow(state, person, second, 'hold');
    await workUntilDone(state, elsewhere);
    expect(await states(state)).toEqual(['accepted', 'accepted']);
    expect(await erp.versions()).toEqual(new Map([['PR-1', 4]]));
  });

  test('never says accepted without an answer, and a late hold is shown to people while it is retried', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const number = await oneCase(state);
    const decisionId = await decideNow(state, person, number, 'hold');
    const silent: Send = () => Promise.reject(new Error('connect ECONNREFUSED'));
    await deliver(state, decisionId, { send: silent, now: () => new Date(), random: () => 0.5 });
    expect(await states(state)).toEqual(['retrying']);
    const later = () => new Date(Date.now() + 16 * 60_000);
    await deliver(state, decisionId, { send: silent, now: later, random: () => 0.5 });
    expect(await states(state)).toEqual(['needs_person']);
    const found: Send = () =>
      Promise.resolve({ outcome: 'accepted', status: 'held', status_version: 4 });
    await deliver(state, decisionId, { send: found, now: later, random: () => 0.5 });
    expect(await getCase(state, person, number)).toMatchObject({
      delivery: 'accepted',
      erp_status: 'held',
      erp_version: 4,
    });
  });

  test('waits as long as the ERP asks', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const decisionId = await decideNow(state, person, await oneCase(state), 'hold');
    const now = new Date();
    const busy: Send = () => Promise.resolve({ outcome: 'retry', why: '503', after_ms: 90_000 });
    await deliver(state, decisionId, { send: busy, now: () => now, random: () => 0.5 });
    const [row] = await state.query<{ next_attempt_at: string }>(
      'select next_attempt_at from outbox',
    );
    expect(Date.parse(row?.next_attempt_at ?? '')).toBe(now.getTime() + 90_000);
    const jobs = await state.query('select 1 from graphile_worker.jobs');
    expect(jobs).toHaveLength(1);
  });

  test('killed after sending is sent again under the same id and counted once', async () => {
    const state = await freshState();
    const erp = await startErp({ requests: ['PR-1'] });
    onTestFinished(erp.stop);
    const person = await somebody(state);
    const number = await oneCase(state);
    const decisionId = await decideNow(state, person, number, 'hold');
    const killedAfterSending: Send = async (...order) => {
      await sendTo(erp)(...order);
      return new Promise<SendResult>(() => undefined);
    };
    void deliver(state, decisionId, {
      send: killedAfterSending,
      now: () => new Date(),
      random: () => 0,
    });
    await expect.poll(() => erp.statuses()).toEqual(new Map([['PR-1', 'Held']]));
    expect(await states(state)).toEqual(['sent']);
    expect(await requeueUnanswered(state)).toBe(1);
    await workUntilDone(state, sendTo(erp));
    expect(await states(state)).toEqual(['accepted']);
    expect(await erp.versions()).toEqual(new Map([['PR-1', 4]]));
  });

  test('an undone decision is not sent', async () => {
    const state = await freshState();
    const person = await somebody(state);
    const decisionId = await decideNow(state, person, await oneCase(state), 'hold');
    await state.query(`update outbox set state = 'undone'`);
    const never: Send = () => Promise.reject(new Error('was sent'));
    await deliver(state, decisionId, { send: never, now: () => new Date(), random: () => 0 });
    expect(await states(state)).toEqual(['undone']);
  });
});

test('pauses between attempts grow to five minutes and are spread over their whole length', () => {
  expect([1, 2, 3, 9, 10, 60].map((attempts) => retryPause(attempts, 0.999_999))).toEqual([
    999, 1_999, 3_999, 255_999, 299_999, 299_999,
  ]);
  expect(retryPause(5, 0)).toBe(100);
});

/** Decides as a person who sees the case now; the ERP's state as it was extracted unless given. */
async function decideNow(
  state: State,
  person: Person,
  caseNumber: string,
  action: Action,
  given: { expected_version?: number } = {},
): Promise<string> {
  const shown = await getCase(state, person, caseNumber);
  const decision_id = randomUUID();
  const result = await decide(state, person, {
    decision_id,
    case_number: caseNumber,
    case_version: shown?.version ?? 0,
    verdict: action === 'release' ? 'expected' : 'error',
    reason_code: action === 'release' ? 'contract' : 'duplicate',
    action,
    note: '',
    expected_status: 'in_approval',
    expected_version: 3,
    ...given,
  });
  expect(result.outcome).toBe('decided');
  return decision_id;
}

function sendTo(erp: TestErp): Send {
  return async (_source, command, signal) => {
    if (referenceErp.send === undefined) throw new Error('the reference ERP takes decisions');
    return referenceErp.send(command, erp.settings, signal);
  };
}

const rounds = 200;

/** Does the queued jobs in an order of their own, as several workers would, until all are answered. */
async function workUntilDone(state: State, send: Send): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const open = await state.query<{ decision_id: string }>(
      `select decision_id from outbox where state in ('queued', 'sent', 'retrying', 'needs_person') order by md5(decision_id::text || $1)`,
      [String(round)],
    );
    if (open.length === 0) return;
    for (const { decision_id } of open) {
      // Rounds lie a minute apart, so that a source that was silent is asked again.
      const now = new Date(Date.now() + round * 60_000);
      await deliver(state, decision_id, { send, now: () => now, random: () => 0 });
    }
  }
  throw new Error(`decisions are still open after ${rounds} rounds`);
}

async function states(state: State): Promise<string[]> {
  const rows = await state.query<{ state: string }>('select state from outbox order by id');
  return rows.map((row) => row.state);
}
