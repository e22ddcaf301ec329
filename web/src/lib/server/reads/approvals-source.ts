import type { PageScope } from '../scope.ts';
import { processLog, type HeldLog } from './approvals-log.ts';
import { readProcesses } from './approvals.ts';

/** The log that a URL of the Approvals screen asks for; null when there is none. */
export async function logOf(
  scope: PageScope,
  parameters: URLSearchParams,
): Promise<HeldLog | null> {
  const processes = await readProcesses(scope);
  const asked = parameters.get('process');
  const process = processes.find((choice) => choice.process === asked) ?? processes[0];
  return process === undefined ? null : processLog(scope, process.process);
}
