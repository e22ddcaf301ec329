import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, inject, onTestFinished, test } from 'vitest';
import { checkVersion, versionProblem } from '../../../web/src/lib/server/state/external.ts';
import { startState } from '../../../web/src/lib/server/state/database.ts';
import { freshDatabase } from './fresh-state.ts';

test('an external database is used, migrated and left running', async () => {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  const state = await startState({ dataFolder: '/nowhere', databaseUrl: url, accountSecret: 'x' });
  expect(state.embedded).toBe(false);
  expect(await state.query('select count(*) as people from app_user')).toEqual([{ people: 0 }]);
  await state.close({ stopServer: true });
  await checkVersion(url);
});

test.each([
  [
    'a wrong password',
    (url: string) => url.replace(/:[0-9a-f]+@/, ':wrong@'),
    /refused user quittance.*Correct user and password/s,
  ],
  [
    'a database that is not there',
    (url: string) => url.replace('/quittance?', `/none_${randomUUID().slice(0, 8)}?`),
    /has no database none_.*create database/s,
  ],
  [
    'a host that cannot be found',
    () => 'postgres://a:secret@host.invalid/x',
    /host host\.invalid:5432, which cannot be found/,
  ],
  [
    'a port where nothing listens',
    () => 'postgres://a:secret@127.0.0.1:9/x',
    /No PostgreSQL answers at 127\.0\.0\.1:9/,
  ],
  ['something that is no address', () => 'not a url', /DATABASE_URL/],
])('%s is named with what to do, and never the password', async (_, wrong, message) => {
  const template = inject('templateUrl');
  const error = await checkVersion(wrong(template)).then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toContain('secret');
});

test('a port where something else answers does not hang', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(checkVersion(`postgres://a:b@127.0.0.1:${port}/x`)).rejects.toThrow();
});

test('a server older than 15 is refused', () => {
  expect(versionProblem(140_011, '14.11')).toContain(
    'PostgreSQL 14.11; Quittance needs 15 or later',
  );
  expect(versionProblem(150_000, '15.0')).toBeNull();
});
