import { parse } from 'csv-parse/sync';
import { existsSync, mkdirSync, openSync, readFileSync, writeSync, fsyncSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, QueueLog, Request } from './queue.ts';

/** The log of a queue as a file: a line is on the disk before `append` returns. */
export function fileLog(folder: string): QueueLog {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'decisions.jsonl');
  const { started, entries } = readLog(path);
  const file = openSync(path, 'a', 0o600);
  return {
    started,
    entries,
    append: (line) => {
      writeSync(file, `${JSON.stringify(line)}\n`);
      fsyncSync(file);
    },
  };
}

/** Payment requests as the ERP exported them. */
export function readRequests(path: string): Request[] {
  return parse(readFileSync(path), { columns: true, bom: true });
}

/** A line cut off by a crash was never answered, so it never happened. */
function readLog(path: string): { started: number | null; entries: Entry[] } {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  const [first, ...rest] = lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
  return {
    started: first === undefined ? null : (first as { started_at: number }).started_at,
    entries: rest as Entry[],
  };
}
