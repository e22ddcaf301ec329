import { expect, test } from 'vitest';
import { launchBrowser } from './browser.ts';

test('a real browser lays out a page and runs its script', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    await page.goto(
      `data:text/html,<p style="width:50vw">paid</p><script>document.title = String(6 * 7)</script>`,
    );
    expect(await page.title()).toBe('42');
    expect(await page.locator('p').boundingBox()).toMatchObject({ width: 195 });
  } finally {
    await browser.close();
  }
});
