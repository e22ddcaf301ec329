import { Logger, parseCronItems, run } from 'graphile-worker';
import type { Application } from '../application.ts';
import { requeueUnanswered } from '../state/outbox.ts';
import { tasks } from './tasks.ts';

const concurrency = 4;
const pollMs = 2_000;

export interface Jobs {
  /** Lets running jobs finish (at most 5 s), takes no new ones. */
  stop(): Promise<void>;
}

/** Runs the jobs of `tasks` in this process: those in the queue, and those of the clock. */
export async function startJobs(application: Application): Promise<Jobs> {
  const { state } = application;
  // We are the one owner, so a job that is locked now belongs to a process that was killed.
  await state.query(
    `select graphile_worker.force_unlock_workers(
       (select array_agg(distinct locked_by) from graphile_worker.jobs where locked_by is not null))`,
  );
  await requeueUnanswered(state);
  const runner = await run({
    pgPool: state.pool,
    concurrency,
    pollInterval: pollMs,
    noHandleSignals: true,
    logger: new Logger(() => (level, message) => {
      if (level === 'error') console.error(message);
    }),
    taskList: Object.fromEntries(
      tasks.map((task) => [task.name, (payload: unknown) => task.run(application, payload)]),
    ),
    parsedCronItems: parseCronItems(
      tasks.flatMap((task) =>
        task.cron === undefined
          ? []
          : [
              {
                task: task.name,
                match: task.cron,
                identifier: task.name,
                options: {
                  backfillPeriod: (task.backfillSeconds ?? 0) * 1_000,
                  maxAttempts: task.attempts ?? 1,
                  queueName: task.name,
                  jobKey: `cron:${task.name}`,
                },
              },
            ],
      ),
    ),
  });
  return { stop: () => runner.stop() };
}
