import { readdir } from 'node:fs/promises';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { authenticationOptions } from '../../../web/src/lib/server/auth/authentication.ts';
import { migrate } from '../../../web/src/lib/server/state/migrate.ts';
import { freshDatabase, freshState } from './fresh-state.ts';

test('our tables are those the sign-in library expects', async () => {
  const state = await freshState();
  const plan = await getMigrations(
    authenticationOptions({
      pool: state.pool,
      secret: 'x',
      url: 'http://127.0.0.1:1',
      origins: [],
    }),
  );
  expect(plan.toBeCreated).toEqual([]);
  expect(plan.toBeAdded).toEqual([]);
});

test('migrating again changes nothing, also from two processes at once', async () => {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  const pools = [1, 2].map(() => new pg.Pool({ connectionString: url }));
  for (const pool of pools)
    pool
      .on('error', () => undefined)
      .on('connect', (client) => client.on('error', () => undefined));
  await Promise.all(pools.map((pool) => migrate(pool)));
  const [first] = pools;
  const applied = await first?.query('select number from migration order by number');
  const folder = new URL('../../../web/src/lib/server/state/migrations/', import.meta.url);
  const files = (await readdir(folder)).sort();
  expect(applied?.rows).toEqual(files.map((name) => ({ number: Number(name.slice(0, 6)) })));
  await Promise.all(pools.map((pool) => pool.end()));
});

test('a database of a newer version is refused', async () => {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  const pool = new pg.Pool({ connectionString: url });
  await pool.query('insert into migration (number) values (999999)');
  await expect(migrate(pool)).rejects.toThrow('migration 999999');
  await pool.end();
});
