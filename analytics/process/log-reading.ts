import { Worker } from 'node:worker_threads';
import type { LogMapping } from '#ingest/event-logs/log-mapping.ts';
import type { EventLog } from './log/event-log.ts';

/** What the reading thread is given. */
export interface ReadingOrder {
  readonly path: string;
  readonly mapping: LogMapping;
}

/** What it answers. */
export type ReadingAnswer =
  | { readonly kind: 'log'; readonly log: EventLog }
  | { readonly kind: 'refused'; readonly message: string };

/** A file that is no event log, or none that can be read; the message says what to do. */
export class LogRefused extends Error {
  override readonly name = 'LogRefused';
}

const timeLimitMs = 120_000;
const memoryLimitMb = 1_500;

/**
 * Reads an event log in a thread of its own, so that a large or hostile file holds nobody up.
 *
 * Errors  rejects with `LogRefused` for what the reader refuses, and after two minutes or 1.5 GB
 */
export function readLogAside(order: ReadingOrder): Promise<EventLog> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./log-reading-thread.ts', import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb },
    });
    const limit = setTimeout(() => {
      reject(new LogRefused('reading took longer than two minutes; bring a shorter log'));
      void thread.terminate();
    }, timeLimitMs);
    thread.once('message', (answer: ReadingAnswer) => {
      if (answer.kind === 'log') resolve(answer.log);
      else reject(new LogRefused(answer.message));
    });
    thread.once('error', (error) => {
      reject(new LogRefused(`the log could not be read: ${error.message}; bring a shorter log`));
    });
    thread.once('exit', () => {
      clearTimeout(limit);
      reject(new LogRefused('reading ended without a log; bring the file again'));
    });
  });
}
