import { parentPort, workerData } from 'node:worker_threads';
import type { StudyAnswer, StudyOrder } from './study-order.ts';
import { logWaits } from './log-waits.ts';
import { studyLog } from './study.ts';

/** A thread that works one log out, so that nobody waits for it: first the waits, then the rest. */
const { log, settings } = workerData as StudyOrder;
const answer = (message: StudyAnswer): void => parentPort?.postMessage(message);
answer({ kind: 'waits', waits: logWaits(log, { calendars: settings.calendars }) });
answer({ kind: 'study', study: studyLog(log, settings) });
