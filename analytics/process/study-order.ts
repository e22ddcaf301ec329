import { Worker } from 'node:worker_threads';
import type { EventLog } from './log/event-log.ts';
import type { LogWaits } from './log-waits.ts';
import type { LogStudy, StudySettings } from './study.ts';

/** What the thread is given. */
export interface StudyOrder {
  readonly log: EventLog;
  readonly settings: StudySettings;
}

/** What the thread answers, in this order. */
export type StudyAnswer =
  | { readonly kind: 'waits'; readonly waits: LogWaits }
  | { readonly kind: 'study'; readonly study: LogStudy };

/** Both answers, as they come. */
export interface OrderedStudy {
  readonly waits: Promise<LogWaits>;
  readonly study: Promise<LogStudy>;
}

const memoryLimitMb = 1_500;

/**
 * Works a log out in a thread of its own.
 *
 * Errors  both promises reject when the thread fails or needs more than 1.5 GB
 */
export function orderStudy(order: StudyOrder): OrderedStudy {
  const thread = new Worker(new URL('./study-thread.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb },
  });
  thread.unref();
  const answered = <Kind extends StudyAnswer['kind']>(kind: Kind) =>
    new Promise<Extract<StudyAnswer, { kind: Kind }>>((resolve, reject) => {
      thread.on('message', (message: StudyAnswer) => {
        if (message.kind === kind) resolve(message as Extract<StudyAnswer, { kind: Kind }>);
      });
      thread.once('error', reject);
      thread.once('exit', () =>
        reject(new Error(`the study of the log ended without its ${kind}`)),
      );
    });
  return {
    waits: answered('waits').then(({ waits }) => waits),
    study: answered('study').then(({ study }) => study),
  };
}
