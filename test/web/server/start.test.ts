import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

describe('npx quittance start', { timeout: 240_000 }, () => {
  test('serves, refuses a second server on its folder by PID and address, and stops on SIGTERM', async () => {
    const dataFolder = await emptyInstallation();
    const port = await freePort();
    const first = start(['--data', dataFolder, '--port', String(port)]);
    onTestFinished(() => void first.child.kill('SIGKILL'));
    // The table of passwords follows the address in a later piece of the output.
    await first.says('admin@quittance.local');
    expect(first.output()).toMatch(/cfo {2,}cfo@quittance\.local {2,}\S{20}/);

    const page = await fetch(`http://127.0.0.1:${port}/sign-in`);
    expect(page.status).toBe(200);
    const inside = await fetch(`http://127.0.0.1:${port}/overview`, { redirect: 'manual' });
    expect([inside.status, inside.headers.get('location')]).toEqual([
      303,
      '/sign-in?back=%2Foverview',
    ]);

    const second = start(['--data', dataFolder, '--port', String(await freePort())]);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`PID ${first.child.pid}, at http://127.0.0.1:${port}`);
    expect((await fetch(`http://127.0.0.1:${port}/sign-in`)).status).toBe(200);

    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);

    const again = start(['--data', dataFolder, '--port', String(port)]);
    onTestFinished(() => void again.child.kill('SIGKILL'));
    await again.says('Sign in at');
    expect(again.output()).not.toContain('cfo@quittance.local');
    again.child.kill('SIGTERM');
    expect(await again.ended).toBe(0);
  });

  test('names an occupied port and what to do', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const started = start(['--data', await emptyInstallation(), '--port', String(port)]);
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain(
      `Another program uses port ${port} on 127.0.0.1. Stop it, or choose another port`,
    );
  });

  test.each([
    [{ DATABASE_URL: 'postgres://a:secret@127.0.0.1:9/x' }, 'No PostgreSQL answers at 127.0.0.1:9'],
    [
      { DATABASE_URL: 'postgres://a:secret@host.invalid/x' },
      'host host.invalid:5432, which cannot be found',
    ],
  ])('names a wrong %o', async (environment, message) => {
    const started = start(['--data', await emptyInstallation(), '--port', '0'], environment);
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain(message);
    expect(started.output()).not.toContain('secret@');
  });
});

/** A data folder that is configured without sources, so that nothing has to be generated. */
async function emptyInstallation(): Promise<string> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-start-test-'));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  await writeFile(join(dataFolder, 'quittance.json'), '{"group_currency":"EUR","sources":[]}');
  return dataFolder;
}

function start(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['bin/quittance.ts', 'start', '--no-open', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | null>((settle) => child.once('close', settle));
  return {
    child,
    ended,
    output: () => output,
    says: (text: string) =>
      new Promise<void>((settle, fail) => {
        const look = () => {
          if (output.includes(text)) settle();
        };
        listeners.add(look);
        look();
        void ended.then((code) =>
          fail(new Error(`ended with ${code} before saying "${text}":\n${output}`)),
        );
      }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
