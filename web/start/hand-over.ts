import { setTimeout as delay } from 'node:timers/promises';
import { readSecret } from '../src/lib/server/secret.ts';
import { startState, type State } from '../src/lib/server/state/database.ts';
import { AlreadyOwnedError, takeOwnership, type Owner } from '../src/lib/server/state/ownership.ts';

const pollMs = 250;
const waitLimitMs = 60 * 60_000;

/** Opens the decisions of a data folder for one command, beside a running server or alone. */
export async function withState<Result>(
  dataFolder: string,
  work: (state: State) => Promise<Result>,
): Promise<Result> {
  const state = await startState({
    dataFolder,
    databaseUrl: process.env['DATABASE_URL'],
    accountSecret: await readSecret(dataFolder),
  });
  try {
    return await work(state);
  } finally {
    await state.close({ stopServer: state.startedServer });
  }
}

/**
 * Has a task done by the Quittance that owns the data folder, and waits for it; when none runs, this
 * process becomes the owner and does `here` itself. Gives the owner that did it, null for ourselves.
 *
 * Errors  throws what the task failed with.
 */
export function handOver(options: {
  dataFolder: string;
  task: 'pull' | 'rebuild';
  here: () => Promise<void>;
}): Promise<Owner | null> {
  const { dataFolder, task, here } = options;
  return withState(dataFolder, async (state) => {
    try {
      const ownership = await takeOwnership(state, {
        url: `command of PID ${process.pid}`,
        dataFolder,
      });
      try {
        await here();
      } finally {
        await ownership.release();
      }
      return null;
    } catch (cause) {
      if (!(cause instanceof AlreadyOwnedError)) throw cause;
      await runAsJob(state, task);
      return cause.owner;
    }
  });
}

async function runAsJob(state: State, task: string): Promise<void> {
  const [job] = await state.query<{ id: number }>(
    'select id from graphile_worker.add_job($1, max_attempts => 1, queue_name => $2)',
    [task, 'pull'],
  );
  const deadline = performance.now() + waitLimitMs;
  while (performance.now() < deadline) {
    const [waiting] = await state.query<{ last_error: string | null }>(
      'select last_error from graphile_worker.jobs where id = $1',
      [job?.id],
    );
    if (waiting === undefined) return;
    if (waiting.last_error !== null) throw new Error(waiting.last_error.split('\n')[0]);
    await delay(pollMs);
  }
  throw new Error(`The running Quittance has not finished "${task}" within an hour; see its log`);
}
