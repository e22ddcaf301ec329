import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf } from '../web/server/authenticator.ts';
import {
  endLimit_ms,
  startLimit_ms,
  startProduct,
  type RunningProduct,
} from './running-product.ts';

let product: RunningProduct;

beforeAll(async () => {
  product = await startProduct();
}, startLimit_ms);

afterAll(() => product.stop(), endLimit_ms);

test('a second step is set up, asked for at sign-in, and turned off, without scripts', async () => {
  const context = await product.browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const password = product.passwordOf('auditor');
  await product.signIn(page, 'auditor');
  await page.goto(`${product.url}/account`);
  const setUp = page.locator('form[action^="?/begin_second_factor"]');
  await setUp.getByLabel('Current password').fill(password);
  await setUp.getByRole('button', { name: 'Set up' }).click();
  const link = await page.locator('a[href^="otpauth://totp/"]').getAttribute('href');
  const secret = new URL(link ?? '').searchParams.get('secret') ?? '';
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('alert').getByText('The code is wrong').waitFor();
  expect(await page.locator('a[href^="otpauth://totp/"]').getAttribute('href')).toBe(link);
  await page.getByLabel('Code').fill(codeOf(secret));
  await page.getByRole('button', { name: 'Turn on' }).click();
  expect(await page.getByRole('list', { name: 'Recovery codes' }).locator('li').count()).toBe(10);
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByText('10 recovery codes left').waitFor();

  await context.clearCookies();
  await page.goto(`${product.url}/account`);
  await page.getByLabel('E-mail').fill('auditor@quittance.local');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Code').fill(codeOf(secret, 1));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/account');

  const end = page.locator('form[action^="?/end_second_factor"]');
  await end.getByLabel('Current password').fill(password);
  await end.getByRole('button', { name: 'Turn off' }).click();
  await page.getByText('The second step is off').waitFor();
  await context.close();
}, 60_000);

test('nothing is to be read without signing in, nor by a role that may not', async () => {
  const stranger = await product.browser.newPage();
  for (const path of ['/overview', '/triage', '/audit', '/account', '/data']) {
    await stranger.goto(product.url + path);
    expect(new URL(stranger.url()).pathname, path).toBe('/sign-in');
  }
  const page = await product.browser.newPage();
  await product.signIn(page, 'approver');
  for (const path of ['/audit', '/strategy', '/overview', '/api/audit/rows.csv']) {
    expect((await page.goto(product.url + path))?.status(), path).toBe(403);
  }
  expect((await page.goto(`${product.url}/account`))?.status()).toBe(200);
  await stranger.close();
  await page.close();
}, 60_000);
