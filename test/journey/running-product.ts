import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { writeConfiguration } from '#ingest/configuration.ts';
import { generateDemo } from '#ingest/demo/demo.ts';
import { demoSources } from '#ingest/demo/sources.ts';
import { openState, type State } from '../../web/src/lib/server/state/database.ts';
import { launchBrowser } from '../browser.ts';
import { freshDatabase } from '../web/server/fresh-state.ts';

const cli = fileURLToPath(new URL('../../web/cli.ts', import.meta.url));
const stopLimit_ms = 10_000;
/** Generous: a busy machine is slow to generate, load and derive. */
export const startLimit_ms = 300_000;
/** How long `stop` may take altogether. */
export const endLimit_ms = 3 * stopLimit_ms;

/** The product as `npx quittance start` brings it up, on a small demo company and a fresh database, and a browser. */
export interface RunningProduct {
  readonly url: string;
  readonly state: State;
  readonly browser: Browser;
  /** Signs in as one of the demo's people, e.g. `risk`, and waits for the page that comes. */
  signIn(page: Page, name: string): Promise<void>;
  /** The password start has printed for one of them. */
  passwordOf(name: string): string;
  /** Everything the server has printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts it on a small demo company; `change` may alter the demo's files beforehand. */
export function startProduct(
  change?: (demoFolder: string) => Promise<void>,
): Promise<RunningProduct> {
  return undoable(async (undo) => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-journey-'));
    undo.push(() => rm(dataFolder, { recursive: true, force: true }));
    await demoFolder(dataFolder, change);
    return startedOn(dataFolder, undo);
  });
}

/** Starts it on a data folder that is already configured; the folder stays. */
export function startProductOn(dataFolder: string): Promise<RunningProduct> {
  return undoable((undo) => startedOn(dataFolder, undo));
}

/** What was begun is undone by `stop`, and when the start fails half way. */
async function undoable(
  start: (undo: (() => Promise<unknown>)[]) => Promise<Omit<RunningProduct, 'stop'>>,
): Promise<RunningProduct> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return { ...(await start(undo)), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** Fills a data folder with the small demo company. */
export async function demoFolder(
  dataFolder: string,
  change?: (demoFolder: string) => Promise<void>,
): Promise<void> {
  await generateDemo({ seed: 7, scale: 0.01, folder: join(dataFolder, 'demo') });
  await change?.(join(dataFolder, 'demo'));
  await writeConfiguration(dataFolder, {
    group_currency: 'EUR',
    demo: true,
    // Bank statements come as 75 files and take no part in a decision.
    sources: demoSources('demo').filter(({ name }) => name !== 'bank'),
  });
}

async function startedOn(
  dataFolder: string,
  undo: (() => Promise<unknown>)[],
): Promise<Omit<RunningProduct, 'stop'>> {
  const browser = await launchBrowser();
  undo.push(() => browser.close());
  const { url: databaseUrl, drop } = await freshDatabase();
  undo.push(drop);
  const port = await freePort();
  const child = spawnServer({ dataFolder, databaseUrl, port });
  undo.push(() => ended(child));
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => (printed += text.toString()));
  const said = await textUntil(child, /admin@quittance\.local\s+\S+\s/);
  const passwords = new Map(
    [...said.matchAll(/(\w+)@quittance\.local\s+(\S+)/g)].map((found) => [found[1], found[2]]),
  );
  const state = await openState(databaseUrl);
  undo.push(() => state.close());

  const url = `http://127.0.0.1:${port}`;
  const passwordOf = (name: string): string => {
    const password = passwords.get(name);
    if (password === undefined) throw new Error(`start printed no password for ${name}:\n${said}`);
    return password;
  };
  const signIn = async (page: Page, name: string): Promise<void> => {
    await page.goto(`${url}/sign-in`);
    await page.fill('input[name="email"]', `${name}@quittance.local`);
    await page.fill('input[name="password"]', passwordOf(name));
    await page.keyboard.press('Enter');
    await page.waitForURL((address) => !address.pathname.startsWith('/sign-in'), {
      waitUntil: 'commit',
    });
  };
  return { url, state, browser, signIn, passwordOf, output: () => printed };
}

/** `npx quittance start` as a process of its own. */
export function spawnServer(options: {
  dataFolder: string;
  databaseUrl: string;
  port: number;
}): ChildProcess {
  return spawn(
    process.execPath,
    [cli, 'start', '--data', options.dataFolder, '--port', String(options.port), '--no-open'],
    {
      env: { ...process.env, DATABASE_URL: options.databaseUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
}

/** What start prints until it has printed this. */
export function textUntil(child: ChildProcess, shown: RegExp): Promise<string> {
  return new Promise((settle, fail) => {
    let said = '';
    const hear = (text: Buffer): void => {
      said += text.toString();
      if (shown.test(said)) settle(said);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => fail(new Error(`start ended with ${code}:\n${said}`)));
  });
}

/** Asks a server to stop, and ends it when it does not. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise<void>((settle) => child.once('exit', () => settle()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimit_ms);
  await gone;
  clearTimeout(timer);
}

export function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => settle(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
