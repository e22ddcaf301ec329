/** Runs once before all tests: what every test file shares and none should prepare for itself. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openState } from '../web/src/lib/server/state/database.ts';
import { startPostgres, type PostgresServer } from '../web/src/lib/server/state/postgres.ts';
import { findBrowser } from './browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated, empty database nobody is connected to; `freshState` clones it. */
    templateUrl: string;
  }
}

let server: PostgresServer | undefined;
let folder: string | undefined;

export async function setup(project: TestProject): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'quittance-test-'));
  server = await startPostgres({ dataFolder: folder, secret: 'of the tests' });
  await (await openState(server.url)).close();
  project.provide('templateUrl', server.url);
  await findBrowser();
}

export async function teardown(): Promise<void> {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
