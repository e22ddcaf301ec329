import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  endLimit_ms,
  startLimit_ms,
  startProduct,
  type RunningProduct,
} from './running-product.ts';

const canary = '<img src=x onerror=alert(1)>';

let product: RunningProduct;
const dialogs: string[] = [];

beforeAll(async () => {
  product = await startProduct((folder) => nameVendorLikeScript(join(folder, 'erp')));
}, startLimit_ms);

afterAll(() => product.stop(), endLimit_ms);

test('a held payment goes to the ERP and comes back held with the next extract', async () => {
  const page = await product.browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  // The page listens for changes once it runs; before that no key is heard.
  const listening = page.waitForRequest('**/api/events');
  await product.signIn(page, 'risk');
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
  const page = await product.browser.newPage();
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await product.signIn(page, 'risk');
  await page.goto(`${product.url}/payments?q=onerror&period=last-12-months`);
  expect(await page.locator('tbody th a').first().innerText()).toBe(canary);
  await page.locator('tbody th a').first().click();
  await page.getByRole('heading', { level: 1, name: canary }).waitFor();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(dialogs).toEqual([]);
});

test('an export names its filter and its number of rows, and starts no formula', async () => {
  const page = await product.browser.newPage();
  await product.signIn(page, 'analyst');
  const answer = await page.request.get(
    `${product.url}/api/payments/rows.csv?q=onerror&period=last-12-months`,
  );
  const lines = (await answer.text()).trim().split('\r\n');
  const notes = lines.filter((line) => isNote(line));
  const [head, ...rows] = lines.slice(notes.length);
  expect(answer.headers()['content-disposition']).toMatch(/^attachment; filename="payments-/);
  expect(notes[0]).toContain('Payments');
  expect(notes.join()).toContain('onerror');
  expect(notes).toContain(`# ${rows.length} rows`);
  expect(head).toContain('row_id,company_name,vendor_name');
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.join('\n')).not.toMatch(/(^|,)"?[=+@]/m);
});

test('the rows of a KPI are the same as CSV and as Arrow', async () => {
  const page = await product.browser.newPage();
  await product.signIn(page, 'analyst');
  const address = `${product.url}/overview/kpi/paid_amount/rows`;
  const [csv, arrow] = await Promise.all(
    ['csv', 'arrow'].map((form) => page.request.get(`${address}.${form}?period=last-12-months`)),
  );
  const [head, ...lines] = ((await csv?.text()) ?? '')
    .trim()
    .split('\r\n')
    .filter((line) => !isNote(line));
  const table = tableFromIPC((await arrow?.body()) ?? new Uint8Array());
  expect(table.numRows).toBeGreaterThan(0);
  expect(table.schema.fields.map(({ name }) => name).join(',')).toBe(head);
  expect(table.numRows).toBe(lines.length);
});

/** A line above the table, quoted when it holds a comma. */
function isNote(line: string): boolean {
  return /^"?# /.test(line);
}

async function goByKeys(page: Page, key: string, address: string): Promise<void> {
  await page.keyboard.press('g');
  await page.keyboard.press(key);
  await page.waitForURL(address, { waitUntil: 'commit' });
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
