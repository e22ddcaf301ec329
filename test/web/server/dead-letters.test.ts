import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Queryable } from '#analytics/table.ts';
import type { SendResult } from '#ingest/connector.ts';
import type { Action } from '../../../web/src/lib/decisions.ts';
import type { Person } from '../../../web/src/lib/server/auth/person.ts';
import { deliver, type Send } from '../../../web/src/lib/server/jobs/deliver.ts';
import { reconcileDeliveries } from '../../../web/src/lib/server/jobs/reconcile-deliveries.ts';
import { watchDeliveries } from '../../../web/src/lib/server/jobs/watch-deliveries.ts';
import { getCase } from '../../../web/src/lib/server/state/cases.ts';
import { listDeadLetters, replay } from '../../../web/src/lib/server/state/dead-letters.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { decide } from '../../../web/src/lib/server/state/decisions.ts';
import { requeueUnanswered } from '../../../web/src/lib/server/state/outbox.ts';
import { freshState, lowRisk, oneCase, somebody } from './fresh-state.ts';

const silent: SendResult = { outcome: 'retry', why: 'connect ECONNREFUSED' };
const stopped: SendResult = { outcome: 'needs_person', why: 'the payment is in payment run 18' };
const accepted: SendResult = { outcome: 'accepted', status: 'held', status_version: 4 };

describe('a decision that needs a person', () => {
  test('stops, puts its case back, does not hold up later ones, and is sent again under its own id', async () => {
    const { state, person, number } = await begun();
    const id = await decided(state, person, { number, action: 'hold' });
    const sent: string[] = [];
    await send(state, id, stopped, sent);
    expect(await rowOf(state, id)).toMatchObject({ state: 'needs_person', attempts: 1 });
    expect(await getCase(state, person, number)).toMatchObject({ state: 'open' });
    expect(await requeueUnanswered(state)).toBe(0);
    await send(state, id, accepted, sent);
    expect(sent).toEqual([id]);

    expect(await listDeadLetters(state)).toMatchObject([
      {
        case_number: number,
        action: 'hold',
        why: 'the payment is in payment run 18',
        is_superseded: false,
      },
    ]);
    expect(await replay(state, id, person.user_id)).toBe('replayed');
    expect(await replay(state, id, person.user_id)).toBe('not_stopped');
    await send(state, id, accepted, sent);
    expect(sent).toEqual([id, id]);
    expect(await rowOf(state, id)).toMatchObject({ state: 'accepted', attempts: 2 });
    expect(await actions(state)).toEqual([
      'delivery.needs_person',
      'delivery.replayed',
      'delivery.accepted',
    ]);
  });

  test('is never sent again once a later decision has overtaken it', async () => {
    const { state, person, number } = await begun();
    const first = await decided(state, person, { number, action: 'release' });
    await send(state, first, stopped);
    const second = await decided(state, person, { number, action: 'hold' });
    await send(state, second, accepted);
    expect(await replay(state, first, person.user_id)).toBe('superseded');
    expect(await rowOf(state, first)).toMatchObject({ state: 'needs_person' });
  });
});

test('half approved stays visible beside accepted', async () => {
  const { state, person, number } = await begun();
  const id = await decided(state, person, { number, action: 'release' });
  await send(state, id, {
    outcome: 'accepted',
    status: 'in_approval',
    status_version: 3,
    awaits: 'second_approval',
  });
  expect(await rowOf(state, id)).toMatchObject({ state: 'accepted', awaits: 'second_approval' });
});

test('a source that stays silent is left alone, longer each time, and asked again afterwards', async () => {
  const { state, person } = await begun();
  const ids: string[] = [];
  for (let index = 0; index < 6; index++) {
    const number = await oneCase(state, { payment_request_id: `PR-${index + 10}` });
    ids.push(await decided(state, person, { number, action: 'hold' }));
  }
  const sent: string[] = [];
  const start = new Date();
  for (const id of ids) await send(state, id, silent, sent, start);
  expect(sent).toHaveLength(5);
  const last = ids[5] ?? '';
  expect(await rowOf(state, last)).toMatchObject({ state: 'queued', attempts: 0 });
  await send(state, last, silent, sent, after(start, 16));
  expect(sent).toHaveLength(6);
  await send(state, last, silent, sent, after(start, 30));
  expect(sent).toHaveLength(6);
  await send(state, last, accepted, sent, after(start, 60));
  expect(sent).toHaveLength(7);
  expect(await state.query('select * from delivery_circuit')).toEqual([]);
});

test('a hold without an answer for 15 minutes raises the alarm once, even when nothing could be tried', async () => {
  const { state, person, number } = await begun();
  await decided(state, person, { number, action: 'hold' });
  const other = await oneCase(state, { payment_request_id: 'PR-2' });
  await decided(state, person, { number: other, action: 'refer' });
  const now = new Date();
  expect(await watchDeliveries(state, after(now, 14 * 60))).toEqual([]);
  expect(await watchDeliveries(state, after(now, 16 * 60))).toEqual([number]);
  expect(await watchDeliveries(state, after(now, 17 * 60))).toEqual([]);
  expect(await getCase(state, person, number)).toMatchObject({ delivery: 'needs_person' });
  expect(await actions(state)).toEqual(['delivery.alarm']);
});

test('a queue that says something else than an accepted decision is raised once, and settled when it agrees again', async () => {
  const { state, person, number } = await begun();
  const id = await decided(state, person, { number, action: 'hold' });
  await send(state, id, accepted);
  expect(await reconcileDeliveries(state, queueSaying('held'))).toEqual([]);
  expect(await reconcileDeliveries(state, queueSaying(undefined))).toEqual([]);
  expect(await reconcileDeliveries(state, queueSaying('approved'))).toMatchObject([
    { case_number: number, action: 'hold', found_status: 'approved' },
  ]);
  expect(await getCase(state, person, number)).toMatchObject({ state: 'open' });
  expect(await reconcileDeliveries(state, queueSaying('approved'))).toEqual([]);
  expect(await reconcileDeliveries(state, queueSaying('held'))).toEqual([]);
  expect(
    await state.query('select resolved_at is not null as settled from delivery_drift'),
  ).toEqual([{ settled: true }]);
});

async function begun(): Promise<{ state: State; person: Person; number: string }> {
  const state = await freshState();
  return { state, person: await somebody(state), number: await oneCase(state, { ...lowRisk() }) };
}

async function decided(
  state: State,
  person: Person,
  { number, action }: { number: string; action: Action },
): Promise<string> {
  const decision_id = randomUUID();
  const result = await decide(state, person, {
    decision_id,
    case_number: number,
    case_version: (await getCase(state, person, number))?.version ?? 0,
    verdict: action === 'release' ? 'expected' : 'error',
    reason_code: action === 'release' ? 'contract' : 'duplicate',
    action,
    note: '',
    expected_status: 'in_approval',
    expected_version: 3,
  });
  expect(result.outcome).toBe('decided');
  return decision_id;
}

async function send(
  state: State,
  id: string,
  answer: SendResult,
  sent: string[] = [],
  now = new Date(),
): Promise<void> {
  const record: Send = (_source, command) => {
    sent.push(command.decision_id);
    return Promise.resolve(answer);
  };
  await deliver(state, id, { send: record, now: () => now, random: () => 0 });
}

async function rowOf(state: State, id: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await state.query<Record<string, unknown>>(
    'select state, attempts, awaits from outbox where decision_id = $1',
    [id],
  );
  return row;
}

async function actions(state: State): Promise<string[]> {
  const rows = await state.query<{ action: string }>(
    `select action from audit_log where action like 'delivery.%' order by id`,
  );
  return rows.map(({ action }) => action);
}

function after(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1_000);
}

/** A warehouse that knows the one request in this state, extracted after the decision. */
function queueSaying(status: string | undefined): Queryable {
  return {
    rows: () => Promise.resolve(status === undefined ? [] : [{ status }]),
    columns: () => Promise.reject(new Error('not asked for')),
    arrow: () => Promise.reject(new Error('not asked for')),
  };
}
