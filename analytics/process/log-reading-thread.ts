import { parentPort, workerData } from 'node:worker_threads';
import { readEventLog } from '#ingest/event-logs/read-event-log.ts';
import type { ReadingAnswer, ReadingOrder } from './log-reading.ts';
import { encodeLog } from './log/encode.ts';

/** A thread that reads one event log and hands it over in columns. */
const { path, mapping } = workerData as ReadingOrder;
const answer = (message: ReadingAnswer): void => parentPort?.postMessage(message);
try {
  answer({ kind: 'log', log: encodeLog(await readEventLog(path, mapping)) });
} catch (cause) {
  answer({ kind: 'refused', message: cause instanceof Error ? cause.message : String(cause) });
}
