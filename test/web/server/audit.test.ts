import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { appendAudit, verifyAudit } from '../../../web/src/lib/server/state/audit.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { freshState } from './fresh-state.ts';

describe('audit log', () => {
  test('is one unbroken chain, also when many append at once', async () => {
    const state = await freshState();
    await Promise.all(Array.from({ length: 25 }, (_, n) => append(state, n)));
    const result = await verifyAudit(state);
    expect(result).toMatchObject({ rows: 25, intact: true, first_break: null });
  });

  test('keeps nothing of a transaction that was rolled back', async () => {
    const state = await freshState();
    await append(state, 1);
    await expect(
      state.transaction(async (queries) => {
        await appendAudit(queries, entry(2));
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await append(state, 3);
    expect(await verifyAudit(state)).toMatchObject({ rows: 2, intact: true });
  });

  test.each([
    ['update', `update audit_log set subject = 'x'`],
    ['delete', 'delete from audit_log'],
    ['truncate', 'truncate audit_log'],
  ])('refuses %s', async (_, sql) => {
    const state = await freshState();
    await append(state, 1);
    await expect(state.query(sql)).rejects.toThrow('permission denied');
    await expect(asOwner(state, sql)).rejects.toThrow('append-only');
  });

  test('refuses a row without an actor', async () => {
    const state = await freshState();
    await expect(appendAudit(state, { ...entry(1), actor: '' })).rejects.toThrow('actor');
  });

  test.each([
    ['an edited actor', `update audit_log set actor = 'somebody else' where id = 3`, 3],
    ['an edited time', `update audit_log set at = at + interval '1 ms' where id = 3`, 3],
    ['an edited action', `update audit_log set action = 'x' where id = 3`, 3],
    ['an edited subject', `update audit_log set subject = 'x' where id = 1`, 1],
    ['an edited value', `update audit_log set after = '{"n": 9}' where id = 5`, 5],
    ['an edited earlier value', `update audit_log set before = '{"n": 9}' where id = 4`, 4],
    ['an edited hash', `update audit_log set hash = repeat('0', 64) where id = 2`, 2],
    ['a deleted row', 'delete from audit_log where id = 2', 2],
    ['a deleted first row', 'delete from audit_log where id = 1', 1],
    [
      'two exchanged rows',
      `update audit_log set id = case id when 2 then -3 when 3 then -2 else id end;
       update audit_log set id = -id where id < 0`,
      2,
    ],
    [
      'an inserted row',
      `insert into audit_log select 6, at, actor, action, subject, before, after, repeat('1', 64), hash from audit_log where id = 5`,
      6,
    ],
  ])('finds %s', async (_, tampering, id) => {
    const state = await chain(5);
    await tamper(state, tampering);
    expect((await verifyAudit(state)).first_break?.id).toBe(id);
  });

  test('finds rows cut off the end by the anchor noted outside', async () => {
    const state = await chain(5);
    const { head } = await verifyAudit(state);
    await tamper(state, 'delete from audit_log where id > 3');
    expect((await verifyAudit(state)).intact).toBe(true);
    const anchored = await verifyAudit(state, head === null ? [] : [head]);
    expect(anchored.first_break).toMatchObject({ id: 4 });
  });
});

function entry(n: number) {
  return {
    actor: 'system:test',
    action: 'test.done',
    subject: `S-${n}`,
    before: { n },
    after: { n: n + 1, b: null, a: [1.5, 'é'] },
  };
}

function append(state: State, n: number) {
  return state.transaction((queries) => appendAudit(queries, entry(n)));
}

async function chain(length: number): Promise<State> {
  const state = await freshState();
  for (let n = 1; n <= length; n++) await append(state, n);
  return state;
}

/** What the owner of the server could do: switch the trigger off first. */
async function tamper(state: State, sql: string): Promise<void> {
  await asOwner(
    state,
    `alter table audit_log disable trigger user; ${sql}; alter table audit_log enable trigger user`,
  );
}

async function asOwner(state: State, sql: string): Promise<void> {
  const owner = new pg.Client({ connectionString: state.url });
  await owner.connect();
  try {
    await owner.query(sql);
  } finally {
    await owner.end();
  }
}
