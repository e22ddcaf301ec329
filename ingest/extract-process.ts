/**
 * The child process in which every outside file is parsed. It gets one request as a message, writes
 * into the folders it is given and answers with what it counted. It is killed when it takes too
 * long; whatever a hostile file does to it, the server and the data folder stay whole.
 */
import { mkdir } from 'node:fs/promises';
import * as v from 'valibot';
import { SourceFileError } from './connector.ts';
import { connectorNamed } from './connectors.ts';
import { isDiskFull } from './landing/disk-full.ts';
import { openLanding, type Landed } from './landing/landing.ts';

/** What the parent asks for: one folder per delivery. */
export interface ExtractOrder {
  readonly connector: string;
  readonly settings: unknown;
  readonly deliveries: readonly { readonly folder: string; readonly paths: readonly string[] }[];
}

/** What the child answers, one at a time. */
export type ExtractAnswer =
  | { readonly kind: 'progress'; readonly step: string; readonly count: number }
  | { readonly kind: 'landed'; readonly folder: string; readonly landed: Landed }
  | {
      readonly kind: 'failed';
      readonly folder: string;
      readonly reason: 'source_file' | 'disk_full' | 'defect';
      readonly message: string;
    };

/** Least time between two progress messages. */
const progressPause_ms = 200;

process.once('message', (order) => {
  void extractAll(order as ExtractOrder).finally(() => process.disconnect());
});

async function extractAll(order: ExtractOrder): Promise<void> {
  let last = 0;
  const onProgress = (step: string, count: number): void => {
    const now = performance.now();
    if (now - last < progressPause_ms) return;
    last = now;
    answer({ kind: 'progress', step, count });
  };
  for (const { folder, paths } of order.deliveries) {
    try {
      answer({
        kind: 'landed',
        folder,
        landed: await extractOne(order, folder, paths, onProgress),
      });
    } catch (error) {
      const reason = reasonOf(error);
      const { message, stack } = error as Error;
      answer({
        kind: 'failed',
        folder,
        reason,
        message: reason === 'defect' ? (stack ?? message) : message,
      });
      if (reason === 'disk_full') return;
    }
  }
}

async function extractOne(
  order: ExtractOrder,
  folder: string,
  paths: readonly string[],
  onProgress: (step: string, count: number) => void,
): Promise<Landed> {
  const connector = connectorNamed(order.connector);
  const settings = v.parse(connector.settings, order.settings);
  await mkdir(folder, { recursive: true });
  const landing = await openLanding(folder, onProgress);
  try {
    await connector.extract({ settings, paths, signal: new AbortController().signal }, landing);
    return await landing.finish();
  } finally {
    landing.close();
  }
}

function reasonOf(error: unknown): 'source_file' | 'disk_full' | 'defect' {
  if (error instanceof SourceFileError) return 'source_file';
  return isDiskFull(error) ? 'disk_full' : 'defect';
}

function answer(message: ExtractAnswer): void {
  process.send?.(message);
}
