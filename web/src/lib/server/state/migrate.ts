import { readdir, readFile } from 'node:fs/promises';
import { runMigrations } from 'graphile-worker';
import type pg from 'pg';

const folder = new URL('./migrations/', import.meta.url);
const roleFile = new URL('./application-role.sql', import.meta.url);
/** The role that may add to the audit log and never change it. */
export const applicationRole = 'quittance_application';
/** Key of the advisory lock under which one process migrates at a time. */
const migrationLock = 7_420_001;

/**
 * Brings the database forward: our numbered files in order, each in its own transaction, then the
 * tables of the job queue, then the rights of `applicationRole`. True when that role can be used.
 * A database that is ahead of this program is refused, never changed.
 */
export async function migrate(pool: pg.Pool): Promise<boolean> {
  const files = (await readdir(folder)).filter((name) => /^\d{6}\.sql$/.test(name)).sort();
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await client.query(
      'create table if not exists migration (number integer primary key, applied_at timestamptz not null default current_timestamp)',
    );
    const applied = await client.query<{ number: number }>('select number from migration');
    const done = new Set(applied.rows.map(({ number }) => number));
    const newest = Number(files.at(-1)?.slice(0, 6));
    const ahead = [...done].find((number) => number > newest);
    if (ahead !== undefined) {
      throw new Error(
        `The database is at migration ${ahead}, this program knows ${newest}; start the newer version of Quittance again, or use another data folder`,
      );
    }
    for (const name of files) {
      const number = Number(name.slice(0, 6));
      if (!done.has(number))
        await apply(client, number, await readFile(new URL(name, folder), 'utf8'));
    }
    await runMigrations({ pgPool: pool });
    await client.query(await readFile(roleFile, 'utf8'));
    const usable = await client.query<{ usable: boolean }>(
      `select coalesce((select pg_has_role(current_user, oid, 'member') from pg_roles
                        where rolname = $1), false) as usable`,
      [applicationRole],
    );
    return usable.rows[0]?.usable === true;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
    client.release();
  }
}

async function apply(client: pg.PoolClient, number: number, sql: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into migration (number) values ($1)', [number]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new Error(
      `Migration ${number} failed and changed nothing: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
