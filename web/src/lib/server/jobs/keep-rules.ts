import { writeLiveRules } from '#analytics/rules/live-rules.ts';
import type { Application } from '../application.ts';
import { liveRules } from '../state/rules.ts';

/** Hands the rules in force to the warehouse; says whether they differ from those before. */
export async function keepRules({ state, dataFolder }: Application): Promise<boolean> {
  return writeLiveRules(dataFolder, await liveRules(state));
}
