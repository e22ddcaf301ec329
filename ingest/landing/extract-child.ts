import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ExtractAnswer, ExtractOrder } from '../extract-process.ts';

/** JavaScript heap of the child. DuckDB's own memory is limited beside it. */
const childHeap_mb = 1024;
/** Longest time a delivery may take to be read. */
const childLimit_ms = 60 * 60 * 1000;

/** Messages of the child until it is done; kills it on abort, after the time limit and when the caller stops. */
export async function* childAnswers(
  order: ExtractOrder,
  signal?: AbortSignal,
): AsyncGenerator<ExtractAnswer> {
  signal?.throwIfAborted();
  const child = fork(fileURLToPath(new URL('../extract-process.ts', import.meta.url)), [], {
    execPath: process.execPath,
    execArgv: [`--max-old-space-size=${childHeap_mb}`, '--disable-warning=ExperimentalWarning'],
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const answers: ExtractAnswer[] = [];
  let complaint = '';
  let ended: { code: number | null; signal: string | null } | undefined;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const kill = (): void => void child.kill('SIGKILL');
  child.stderr?.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000);
  });
  child.on('message', (answer) => {
    answers.push(answer as ExtractAnswer);
    wake();
  });
  child.on('error', (error) => {
    failure = error;
    wake();
  });
  child.on('close', (code, exitSignal) => {
    ended = { code, signal: exitSignal };
    wake();
  });
  signal?.addEventListener('abort', kill);
  const timer = setTimeout(kill, childLimit_ms);
  child.send(order);
  try {
    for (;;) {
      const next = answers.shift();
      if (next) yield next;
      else if (failure) throw failure;
      else if (ended) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    signal?.throwIfAborted();
    if (ended.code !== 0)
      throw new Error(
        `The reading process ended with ${ended.signal ?? `code ${String(ended.code)}`}; what it had not finished was not loaded. Split the file if it is very large. ${complaint}`,
      );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    kill();
  }
}
