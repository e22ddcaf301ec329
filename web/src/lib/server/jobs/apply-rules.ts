import type { Application } from '../application.ts';
import { keepRules } from './keep-rules.ts';
import { bringCasesUp } from './pull.ts';

/** Runs the rules as they were just changed, without waiting for new data. */
export async function applyRules(application: Application): Promise<void> {
  await keepRules(application);
  await application.warehouse.refresh();
  await bringCasesUp(application, { isChanged: true });
}
