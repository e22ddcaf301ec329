import { can } from '../auth/permissions.ts';
import type { Person } from '../auth/person.ts';
import { fileLog, logFile, type LogFile } from '../event-logs.ts';
import type { PageScope } from '../scope.ts';
import { processLog, type HeldLog } from './approvals-log.ts';
import { readProcesses, type ProcessChoice } from './approvals.ts';

/** What the Approvals screen is asked to show: a process of the warehouse, or a log somebody brought along. */
export interface ApprovalsSource {
  readonly processes: readonly ProcessChoice[];
  readonly process: ProcessChoice | null;
  readonly file: LogFile | null;
  /** A log was asked for that is not there, or is somebody else's. */
  readonly is_gone: boolean;
}

/** Reads the source off a URL. */
export async function sourceOf(
  person: Person,
  scope: PageScope,
  parameters: URLSearchParams,
): Promise<ApprovalsSource> {
  const id = parameters.get('log');
  if (id !== null) {
    const file = can(person, 'data.read') ? await logFile(person, id) : null;
    return { processes: [], process: null, file, is_gone: file === null };
  }
  const processes = await readProcesses(scope);
  const asked = parameters.get('process');
  const process = processes.find((choice) => choice.process === asked) ?? processes[0] ?? null;
  return { processes, process, file: null, is_gone: false };
}

/** The log of a source; null when there is none. */
export function logOf(
  scope: PageScope,
  { process, file }: ApprovalsSource,
): Promise<HeldLog> | null {
  if (file !== null) return fileLog(file);
  return process === null ? null : processLog(scope, process.process);
}
