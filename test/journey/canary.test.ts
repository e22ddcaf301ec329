/**
 * Strings that a careless product would run, and an account number that it would show, go in as a
 * vendor would send them and are looked for wherever the product puts text.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWarehouse } from '#analytics/warehouse.ts';
import {
  demoFolder,
  endLimit_ms,
  startLimit_ms,
  startProductOn,
  type RunningProduct,
} from './running-product.ts';

const hostile = [
  '<script>window.canary=1;alert(1)</script>',
  '<img src=x onerror="window.canary=1;alert(1)">',
  '<svg/onload="window.canary=1;alert(1)">',
  'javascript:window.canary=1;alert(1)',
  '{{constructor.constructor("window.canary=1")()}}${window.canary=1}',
  '=HYPERLINK("http://canary.invalid","x")',
  "+1+cmd|' /C calc'!A0",
  '@SUM(1+1)*cmd',
  'x\r\nBcc: canary@canary.invalid',
] as const;
const iban = 'DE89370400440532013000';
const last4 = '3000';

const pages = [
  '/overview',
  '/overview/kpi/paid_amount?period=last-12-months',
  '/approvals?period=last-12-months',
  '/payments?period=last-12-months',
  '/triage',
  '/strategy',
  '/data',
  '/data/rejected',
  '/audit',
  '/reports',
  '/reports/preview',
  '/account',
  '/admin',
  '/admin/policy',
  '/admin/people',
  '/admin/review',
  '/admin/delegations',
  '/admin/standing',
] as const;
const exports = [
  '/api/payments/rows.csv?period=last-12-months',
  '/overview/kpi/paid_amount/rows.csv?period=last-12-months',
  '/api/audit/rows.csv',
] as const;

let product: RunningProduct;
let folder = '';
let requestId = '';
const shown: { readonly where: string; readonly text: string }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quittance-canary-'));
  await demoFolder(folder, async (demo) => {
    const erp = join(demo, 'erp');
    const poison = (value: string, index: number) =>
      `${hostile[index % hostile.length] ?? ''} ${value}`;
    await change(join(erp, 'vendors.csv'), (row, index) => ({
      ...row,
      Name: poison(row['Name'] ?? '', index),
    }));
    await change(join(erp, 'users.csv'), (row, index) => ({
      ...row,
      Name: poison(row['Name'] ?? '', index),
    }));
    await change(join(erp, 'invoices.csv'), (row, index) => ({
      ...row,
      'Invoice No.': index % 3 === 0 ? poison(row['Invoice No.'] ?? '', index) : row['Invoice No.'],
      Text: poison(row['Text'] ?? '', index),
    }));
    await change(join(erp, 'payment_requests.csv'), (row, index, count) => {
      const isLast = index === count - 1;
      if (isLast) requestId = row['Request No.'] ?? '';
      return {
        ...row,
        Text: poison(row['Text'] ?? '', index),
        ...(isLast ? { 'Payee Account': iban } : {}),
        // A row that is refused, with the account in it.
        ...(index === 0 ? { 'Payee Account': iban, Amount: 'many' } : {}),
      };
    });
    await change(join(erp, 'vendor_bank_changes.csv'), (row, index, count) =>
      index === count - 1 ? { ...row, 'New Account': iban } : row,
    );
  });
  product = await startProductOn(folder);
}, startLimit_ms);

afterAll(async () => {
  await product.stop();
  await rm(folder, { recursive: true, force: true });
}, endLimit_ms);

test('hostile text is text on every page: nothing runs, nothing opens', async () => {
  const page = await product.browser.newPage({ viewport: { width: 1440, height: 900 } });
  const happened: string[] = [];
  page.on('dialog', (dialog) => {
    happened.push(`dialog on ${page.url()}: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => happened.push(`error on ${page.url()}: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(product.url) && !request.url().startsWith('data:'))
      happened.push(`request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy violation ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  page.on('console', (message) => {
    if (message.text().includes('policy violation')) happened.push(message.text());
  });
  await product.signIn(page, 'cfo');
  const found = new Set<string>();
  const look = async (path: string): Promise<void> => {
    const answer = await page.goto(product.url + path);
    expect([path, answer?.status()]).toEqual([path, 200]);
    const { text, live } = await whatIsThere(page);
    for (const one of hostile) if (text.includes(one.split('\r')[0] ?? one)) found.add(one);
    if (live > 0) happened.push(`${live} live elements on ${path}`);
    shown.push({ where: path, text: await page.content() });
  };
  for (const path of pages) await look(path);
  const request = `/payments?q=${requestId}&period=last-12-months`;
  await look(request);
  await look((await page.locator('tbody th a').first().getAttribute('href')) ?? '');
  await page.goto(`${product.url}/triage`);
  const cases = await page
    .locator('a[href^="/triage/Q-"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  for (const path of cases.slice(0, 6)) await look(path);
  for (const body of hostile.slice(0, 3)) {
    await page.locator('[name="body"]').first().fill(body);
    await page.locator('form[action*="comment"] button').first().click();
    await page.getByText(body).first().waitFor();
  }
  await look(new URL(page.url()).pathname);
  expect(happened).toEqual([]);
  expect(found.size).toBeGreaterThan(3);
}, 180_000);

test('no cell of an export starts a formula, and no line breaks out of its cell', async () => {
  const page = await product.browser.newPage();
  await product.signIn(page, 'auditor');
  for (const path of exports) {
    const answer = await page.request.get(product.url + path);
    expect([path, answer.status()]).toEqual([path, 200]);
    const text = await answer.text();
    shown.push({ where: path, text });
    const rows: string[][] = parse(text, { bom: true, relax_column_count: true });
    const head = rows.findIndex((row) => row.length > 1);
    const widths = new Set(rows.slice(head).map((row) => row.length));
    expect([path, widths.size]).toEqual([path, 1]);
    const formulas = rows
      .flat()
      .filter((cell) => /^[\s]*[=+\-@＝]/u.test(cell) && !/^[+-]?\d+(\.\d+)?$/.test(cell));
    expect([path, formulas]).toEqual([path, []]);
  }
});

test('an account number is kept as a token: not on a page, in an export, a log or a database', async () => {
  expect(shown.length).toBeGreaterThan(pages.length);
  const spaced = iban.replace(/(.{4})/g, '$1 ').trim();
  const holds = (text: string) => text.includes(iban) || text.includes(spaced);
  expect(shown.filter(({ text }) => holds(text)).map(({ where }) => where)).toEqual([]);
  expect(holds(product.output())).toBe(false);
  const tables = await product.state.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public', 'graphile_worker') and table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(20);
  for (const { name } of tables) {
    const rows = await product.state.query(
      `select 1 from ${name} t where t::text like $1 limit 1`,
      [`%${iban}%`],
    );
    expect([name, rows.length]).toEqual([name, 0]);
  }

  await product.stop();
  const warehouse = await openWarehouse({
    dataFolder: folder,
    accountSecret: (await readFile(join(folder, 'secret.key'), 'utf8')).trim(),
    groupCurrency: 'EUR',
  });
  try {
    const all = await warehouse.rows(
      `select table_name from duckdb_tables() where schema_name = 'main' and not temporary`,
    );
    for (const { table_name } of all) {
      const rows = await warehouse.rows(
        `select 1 from "${String(table_name)}" as t where t::varchar like '%${iban}%' limit 1`,
      );
      expect([table_name, rows.length]).toEqual([table_name, 0]);
    }
    const kept = await warehouse.rows(
      `select 1 from bank_account_change where account_last4 = '${last4}' limit 1`,
    );
    expect(kept).toHaveLength(1);
  } finally {
    await warehouse.close();
  }
}, 120_000);

/** The text people read, and how many elements of it came to life. */
function whatIsThere(page: Page): Promise<{ text: string; live: number }> {
  return page.evaluate(() => ({
    text: document.body.innerText,
    live:
      document.querySelectorAll(
        'img[src="x"], svg[onload], [onerror], [onload], a[href^="javascript:"]',
      ).length + ('canary' in window ? 1 : 0),
  }));
}

type Row = Record<string, string | undefined>;

/** Rewrites a file of the demo row by row. */
async function change(
  path: string,
  changed: (row: Row, index: number, count: number) => Row,
): Promise<void> {
  const rows = parse<Record<string, string>>(await readFile(path), { columns: true, bom: true });
  const headers = Object.keys(rows[0] ?? {});
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = rows.map((row, index) => {
    const now = changed(row, index, rows.length);
    return headers.map((name) => cell(now[name] ?? '')).join(',');
  });
  await writeFile(path, `${[headers.join(','), ...lines].join('\n')}\n`);
}
