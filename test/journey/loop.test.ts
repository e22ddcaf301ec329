import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeConfiguration } from '#ingest/configuration.ts';
import { generateDemo } from '#ingest/demo/demo.ts';
import { demoSources } from '#ingest/demo/sources.ts';
import { openState, type State } from '../../web/src/lib/server/state/database.ts';
import { launchBrowser } from '../browser.ts';
import { freshDatabase } from '../web/server/fresh-state.ts';

const cli = fileURLToPath(new URL('../../web/cli.ts', import.meta.url));
const canary = '<img src=x onerror=alert(1)>';
/** Generous: a busy machine is slow to generate, load and derive. */
const startLimit_ms = 300_000;
const stopLimit_ms = 10_000;

interface Product {
  readonly url: string;
  readonly password: string;
  readonly state: State;
}

let product: Product;
let browser: Browser;
/** What has to be undone at the end, also when the start fails half way. */
const undo: (() => Promise<unknown>)[] = [];
const dialogs: string[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  undo.push(() => browser.close());
  product = await startProduct();
}, startLimit_ms);

afterAll(async () => {
  for (const step of undo.reverse()) await step();
}, 3 * stopLimit_ms);

test('a held payment goes to the ERP and comes back held with the next extract', async () => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  // The page listens for changes once it runs; before that no key is heard.
  const listening = page.waitForRequest('**/api/events');
  await signInAsRisk(page);
  await listening;

  await goByKeys(page, 'o', '**/overview*');
  const listeningAgain = page.waitForRequest('**/api/events');
  await goByKeys(page, 'q', '**/triage*');
  await listeningAgain;
  await page.keyboard.press('Enter');
  await page.waitForURL('**/triage/Q-*', { waitUntil: 'commit' });
  const caseNumber = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const requestId = await page.locator('a[href^="/payments/"]').first().innerText();

  await page.keyboard.press('2');
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('verdict');
  await page.selectOption('#verdict', 'unsure');
  await page.selectOption('#reason-code', 'needs_information');
  await page.keyboard.press('Control+Enter');

  const status = page.getByRole('status', { name: 'Write-back status' });
  await status.getByText('queued').waitFor();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  await page.locator('[data-delivery="accepted"]').waitFor({ timeout: 40_000 });
  expect(await status.innerText()).toMatch(/ERP accepted \d\d:\d\d/);

  await product.state.query(`select graphile_worker.add_job('pull')`);
  const payments = `${product.url}/payments?q=${requestId}&period=last-12-months`;
  await expect
    .poll(
      async () => {
        await page.goto(payments);
        return page.locator('tbody .chip').first().innerText();
      },
      { timeout: 40_000, interval: 1_000 },
    )
    .toContain('held');

  const [decision] = await product.state.query<{ action: string; case_number: string }>(
    'select action, case_number from decision',
  );
  expect(decision).toEqual({ action: 'hold', case_number: caseNumber });
}, 110_000);

test('a vendor named like a script is shown as text and runs nothing', async () => {
  const page = await browser.newPage();
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await signInAsRisk(page);
  await page.goto(`${product.url}/payments?q=onerror&period=last-12-months`);
  expect(await page.locator('tbody th a').first().innerText()).toBe(canary);
  await page.locator('tbody th a').first().click();
  await page.getByRole('heading', { level: 1, name: canary }).waitFor();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(dialogs).toEqual([]);
});

test('an export names its filter and its number of rows, and starts no formula', async () => {
  const page = await browser.newPage();
  await signInAsRisk(page);
  const answer = await page.request.get(
    `${product.url}/api/payments/rows.csv?q=onerror&period=last-12-months`,
  );
  const [title, filter, count, head, ...rows] = (await answer.text()).trim().split('\r\n');
  expect(answer.headers()['content-disposition']).toMatch(/^attachment; filename="payments-/);
  expect(title).toContain('Payments');
  expect(filter).toContain('onerror');
  expect(count).toBe(`# ${rows.length} rows`);
  expect(head).toContain('row_id,company_name,vendor_name');
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.join('\n')).not.toMatch(/(^|,)"?[=+@]/m);
});

async function goByKeys(page: Page, key: string, address: string): Promise<void> {
  await page.keyboard.press('g');
  await page.keyboard.press(key);
  await page.waitForURL(address, { waitUntil: 'commit' });
}

async function signInAsRisk(page: Page): Promise<void> {
  await page.goto(`${product.url}/sign-in`);
  await page.fill('input[name="email"]', 'risk@quittance.local');
  await page.fill('input[name="password"]', product.password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'), { waitUntil: 'commit' });
}

/** The product as `npx quittance start` brings it up, on a small demo company and a fresh database. */
async function startProduct(): Promise<Product> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'quittance-loop-'));
  undo.push(() => rm(dataFolder, { recursive: true, force: true }));
  const { url: databaseUrl, drop } = await freshDatabase();
  undo.push(drop);
  await generateDemo({ seed: 7, scale: 0.01, folder: join(dataFolder, 'demo') });
  await nameVendorLikeScript(join(dataFolder, 'demo/erp'));
  await writeConfiguration(dataFolder, {
    group_currency: 'EUR',
    demo: true,
    // Bank statements come as 75 files and take no part in a decision.
    sources: demoSources('demo').filter(({ name }) => name !== 'bank'),
  });
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [cli, 'start', '--data', dataFolder, '--port', String(port), '--no-open'],
    { env: { ...process.env, DATABASE_URL: databaseUrl }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  undo.push(() => ended(child));
  const said = await readyText(child);
  const password = /risk@quittance\.local\s+(\S+)/.exec(said)?.[1];
  if (password === undefined) throw new Error(`start printed no password for risk:\n${said}`);
  const state = await openState(databaseUrl);
  undo.push(() => state.close());
  return { url: `http://127.0.0.1:${port}`, password, state };
}

/** Gives the vendor of the newest payment request a name that a careless page would run. */
async function nameVendorLikeScript(erpFolder: string): Promise<void> {
  const requests = (await readFile(join(erpFolder, 'payment_requests.csv'), 'utf8')).trim();
  const vendor = requests.split('\n').at(-1)?.split(',')[2] ?? '';
  const path = join(erpFolder, 'vendors.csv');
  const vendors = (await readFile(path, 'utf8')).split('\n');
  const changed = vendors.map((line) =>
    line.startsWith(`${vendor},`)
      ? line.replace(/^([^,]+),("[^"]*"|[^,]*),/, (_, number: string) => `${number},${canary},`)
      : line,
  );
  expect(changed.join('\n')).toContain(canary);
  await writeFile(path, changed.join('\n'));
}

/** What start prints until the passwords are shown. */
function readyText(child: ChildProcess): Promise<string> {
  return new Promise((settle, fail) => {
    let said = '';
    const hear = (text: Buffer): void => {
      said += text.toString();
      if (/admin@quittance\.local\s+\S+\s/.test(said)) settle(said);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => fail(new Error(`start ended with ${code}:\n${said}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise<void>((settle) => child.once('exit', () => settle()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimit_ms);
  await gone;
  clearTimeout(timer);
}

function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => settle(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
