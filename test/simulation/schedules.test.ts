/**
 * The case state machine and the outbox under faults. Clock, randomness, store and transport are
 * injected; the code under test is the product's own, on real PostgreSQL, against the reference
 * ERP's own queue. A failure prints its seed: QUITTANCE_SEED=<seed> QUITTANCE_SCHEDULES=1 lives
 * through that schedule alone, QUITTANCE_SCHEDULES=10000 through ten thousand.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { syncCases } from '../../web/src/lib/server/state/case-sync.ts';
import { asOf, freshState, somebody } from '../web/server/fresh-state.ts';
import { liveThrough, storiesOfWorld, type World } from './schedule.ts';

const first = Number(process.env['QUITTANCE_SEED'] ?? 1);
const schedules = Number(process.env['QUITTANCE_SCHEDULES'] ?? 1_000);
/** Schedules in one transaction that is rolled back, on one database. */
const batch = 50;
const batches = Array.from({ length: Math.ceil(schedules / batch) }, (_, index) => ({
  from: first + index * batch,
  to: Math.min(first + schedules, first + (index + 1) * batch) - 1,
}));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quittance-simulation-'));
  await writeFile(join(folder, 'token'), 'a token of the tests');
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

test.each(batches)(
  'schedules $from to $to lose nothing, do nothing twice and keep every promise',
  async ({ from, to }) => {
    const real = await freshState();
    const people = [
      await somebody(real, { name: 'Mei' }),
      await somebody(real, { name: 'Jonas' }),
      await somebody(real, { name: 'Helena', roles: ['cfo'] }),
    ];
    const stories = storiesOfWorld();
    await syncCases(real, stories, asOf);
    const world: World = { real, people, stories, token_path: join(folder, 'token') };
    vi.useFakeTimers({ toFake: ['Date'] });
    const broken: Record<string, string[]> = {};
    const over = new Error('rolled back on purpose');
    const all = real.transaction(async (plain) => {
      for (let seed = from; seed <= to; seed++) {
        const found = await liveThrough(world, plain, seed);
        if (found.length > 0) broken[`QUITTANCE_SEED=${seed}`] = found;
      }
      throw over;
    });
    await expect(all).rejects.toBe(over);
    expect(broken).toEqual({});
  },
  300_000,
);
