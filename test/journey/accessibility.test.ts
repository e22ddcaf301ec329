import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  endLimit_ms,
  startLimit_ms,
  startProduct,
  type RunningProduct,
} from './running-product.ts';

const locales = ['en', 'zh-CN'] as const;
const signedInPages = [
  '/overview',
  '/overview/kpi/paid_amount?period=last-12-months',
  '/approvals?period=last-12-months',
  '/payments?period=last-12-months',
  'a payment',
  '/triage',
  'a case',
  '/strategy',
  '/data',
  '/data/rejected',
  '/data/dictionary',
  '/audit',
  '/reports',
  '/reports/stop?token=x',
  '/account',
] as const;
const phoneWidths = [390, 320] as const;
const tabStops = 20;

let product: RunningProduct;
const contexts = new Map<string, BrowserContext>();
let links: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  product = await startProduct();
  for (const locale of locales) {
    const context = await product.browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addCookies([{ name: 'quittance_locale', value: locale, url: product.url }]);
    contexts.set(locale, context);
    const page = await context.newPage();
    await product.signIn(page, 'cfo');
    links = {
      'a payment': await firstLink(page, '/payments?period=last-12-months', '/payments/'),
      'a case': await firstLink(page, '/triage', '/triage/Q-'),
    };
    await page.close();
  }
}, startLimit_ms);

afterAll(() => product.stop(), endLimit_ms);

describe.each(locales)('in %s', (locale) => {
  test.each(signedInPages)('%s can be read and used by everybody', async (path) => {
    const context = contexts.get(locale);
    if (context === undefined) throw new Error(`${locale} is not signed in`);
    const page = await context.newPage();
    expect(await problemsOf(page, links[path] ?? path, locale)).toEqual([]);
    expect(await keyboardProblems(page, true)).toEqual([]);
    await page.close();
  });

  test('sign-in, the end of a subscription and an address that does not exist, too', async () => {
    const context = await product.browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addCookies([{ name: 'quittance_locale', value: locale, url: product.url }]);
    const page = await context.newPage();
    expect(await problemsOf(page, '/sign-in', locale)).toEqual([]);
    expect(await keyboardProblems(page, false)).toEqual([]);
    expect(await problemsOf(page, '/reports/stop?token=x', locale)).toEqual([]);
    expect(await problemsOf(page, '/no-such-page', locale)).toEqual([]);
    await context.close();
  });
});

test('what opens over a page has names, closes with Escape and gives the focus back', async () => {
  const page = await product.browser.newPage({ viewport: { width: 1440, height: 900 } });
  await product.signIn(page, 'cfo');
  const openers = [
    { opener: page.locator('[popovertarget="user-menu"]'), opened: '#user-menu' },
    { opener: page.locator('[popovertarget="entity-scope"]'), opened: '#entity-scope' },
    { opener: page.locator('[popovertarget="period-picker"]'), opened: '#period-picker' },
    { opener: page.locator('[data-keyboard-help]:visible'), opened: 'dialog' },
  ];
  for (const { opener, opened } of openers) {
    const open = page.locator(`${opened}:is(:popover-open, [open])`);
    // A dialog needs the page's scripts, which may not run yet at the first press.
    const press = async (): Promise<number> => {
      if ((await open.count()) === 0) {
        await opener.first().focus();
        await page.keyboard.press('Enter');
      }
      return open.count();
    };
    await expect.poll(press, { timeout: 10_000 }).toBe(1);
    expect(await nameless(page), opened).toEqual([]);
    await page.keyboard.press('Escape');
    await open.waitFor({ state: 'hidden' });
    const isBack = await opener.first().evaluate((one) => one === document.activeElement);
    expect(isBack, `focus after ${opened}`).toBe(true);
  }
  await page.close();
});

/** Opens the page and says what is wrong with it: its texts, its names, its width on a phone, its console. */
async function problemsOf(page: Page, path: string, locale: string): Promise<string[]> {
  const problems: string[] = [];
  page.on('console', (message) => {
    const isMissing = path === '/no-such-page' && message.text().includes('404');
    if (message.type() === 'error' && !isMissing) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(product.url + path, { waitUntil: 'load' });
  problems.push(...(await page.evaluate(documentProblems, locale)), ...(await nameless(page)));
  for (const width of phoneWidths) {
    await page.setViewportSize({ width, height: 844 });
    problems.push(...(await page.evaluate(widthProblems)));
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  return problems;
}

/** Runs in the page. */
function documentProblems(locale: string): string[] {
  const problems: string[] = [];
  if (document.documentElement.lang !== locale) {
    problems.push(`lang is "${document.documentElement.lang}"`);
  }
  const heads = document.querySelectorAll('h1').length;
  if (heads !== 1) problems.push(`${heads} h1`);
  if (document.querySelectorAll('main').length !== 1) problems.push('not exactly one main');
  if (document.title.trim() === '') problems.push('no title');
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  if (twice.length > 0) problems.push(`ids twice: ${[...new Set(twice)].join(', ')}`);
  for (const label of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
    const named = ['aria-labelledby', 'aria-describedby'].flatMap((name) =>
      (label.getAttribute(name) ?? '').split(' ').filter(Boolean),
    );
    for (const id of named) {
      if (document.getElementById(id) === null) problems.push(`nothing has the id ${id}`);
    }
  }
  for (const picture of document.querySelectorAll('svg, img')) {
    const isHidden = picture.closest('[aria-hidden="true"]') !== null;
    const isNamed =
      picture.hasAttribute('aria-label') ||
      picture.hasAttribute('aria-labelledby') ||
      (picture.getAttribute('alt') ?? '') !== '';
    if (!isHidden && !isNamed) problems.push(`unnamed ${picture.outerHTML.slice(0, 90)}`);
  }
  return problems;
}

/** Runs in the page. Things that leave a phone's width, but for what scrolls within its own box. */
function widthProblems(): string[] {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (element: Element): boolean => {
    for (let box = element.parentElement; box !== null; box = box.parentElement) {
      if (box !== document.body && getComputedStyle(box).overflowX !== 'visible') return true;
    }
    return false;
  };
  const wide = [...document.querySelectorAll('body *')].filter(
    (element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element),
  );
  const [first] = wide.slice(-1);
  return [`wider than ${width} px: ${first?.outerHTML.slice(0, 140) ?? 'the page'}`];
}

const namedRoles = [
  'button',
  'checkbox',
  'combobox',
  'dialog',
  'graphics-document',
  'image',
  'link',
  'listbox',
  'menuitem',
  'progressbar',
  'radio',
  'searchbox',
  'slider',
  'spinbutton',
  'textbox',
];

/** What a screen reader would announce without a name, as the browser itself computes it. */
async function nameless(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes
    .filter(({ ignored, role }) => !ignored && namedRoles.includes(String(role?.value)))
    .filter(({ name }) => String(name?.value ?? '').trim() === '')
    .map(
      ({ role, properties }) =>
        `${String(role?.value)} without a name ${JSON.stringify(properties ?? [])}`,
    );
}

/** Walks the page with the tab key: every stop shows that it has the focus, and the skip link leads to the content. */
async function keyboardProblems(page: Page, hasSkipLink: boolean): Promise<string[]> {
  const problems: string[] = [];
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let stop = 0; stop < tabStops; stop++) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(focusProblem);
    if (found !== null) problems.push(found);
    if (stop === 0 && hasSkipLink) {
      const target = await page.evaluate(() => document.activeElement?.getAttribute('href'));
      if (target !== '#main') problems.push(`the first tab stop leads to ${target}, not to #main`);
    }
  }
  if (!hasSkipLink) return problems;
  await page.locator('a[href="#main"]').focus();
  await page.keyboard.press('Enter');
  const at = await page.evaluate(() => document.activeElement?.id);
  if (at !== 'main') problems.push(`the skip link leads to ${at}`);
  return problems;
}

/** Runs in the page. The ring is drawn on the element, or on what it spreads over its card. */
function focusProblem(): string | null {
  let element = document.activeElement;
  if (element instanceof HTMLIFrameElement)
    element = element.contentDocument?.activeElement ?? null;
  if (element === null || element.localName === 'body') return null;
  const hasRing = [null, '::after'].some((part) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element, part);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
  });
  const { width, height } = element.getBoundingClientRect();
  if (!hasRing) return `focus is not visible on ${element.outerHTML.slice(0, 120)}`;
  if (width === 0 || height === 0) return `focus on nothing ${element.outerHTML.slice(0, 120)}`;
  return null;
}

async function firstLink(page: Page, list: string, start: string): Promise<string> {
  await page.goto(product.url + list);
  const href = await page.locator(`main a[href^="${start}"]`).first().getAttribute('href');
  if (href === null) throw new Error(`${list} links to nothing that starts with ${start}`);
  return href;
}
