/** Runs once before all tests: what every test file shares and none should prepare for itself. */
import { findBrowser } from './browser.ts';

export async function setup(): Promise<void> {
  await findBrowser();
}
