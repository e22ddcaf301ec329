import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import type { GenericSchema } from 'valibot';
import { SourceFileError, type Connector, type Landing } from '../../connector.ts';
import { approvalStaging } from './approval-staging.ts';
import { fetchChanges } from './fetch-changes.ts';
import { ledgerStaging } from './ledger-staging.ts';
import { sendDecision } from './send.ts';
import { settingsSchema, type TrytonSettings } from './settings.ts';
import {
  columnsOfStream,
  comparedStreams,
  streamNames,
  type ComparedStreamName,
  type StreamName,
} from './streams.ts';
import { flatRecord, isRecord } from './values.ts';

/** Longest line taken as a record. */
const lineLimit = 4 << 20;
const names: readonly (StreamName | ComparedStreamName)[] = [
  ...streamNames,
  ...(Object.keys(comparedStreams) as ComparedStreamName[]),
];

/** A Tryton ERP over JSON-RPC: reads its payables ledger and payment queue, and answers into the queue. */
export const tryton: Connector<TrytonSettings> = {
  name: 'tryton',
  brings: [
    'company',
    'employee',
    'vendor',
    'bank_account_change',
    'purchase_order',
    'invoice',
    'payment_request',
    'approval_event',
    'payment',
  ],
  settings: settingsSchema as GenericSchema<unknown, TrytonSettings>,
  fetch: fetchChanges,
  deliveries(paths) {
    for (const path of paths) streamOf(path);
    return [paths];
  },
  async extract({ paths }, landing) {
    const files = new Map(paths.map((path) => [streamOf(path), path]));
    for (const name of names) await land(name, files.get(name), landing);
  },
  staging: (settings) => [...ledgerStaging(settings), ...approvalStaging()],
  send: sendDecision,
};

function streamOf(path: string): StreamName | ComparedStreamName {
  const found = names.find((name) => basename(path) === `${name}.jsonl`);
  if (found !== undefined) return found;
  throw new SourceFileError(
    `${basename(path)}: expected one of ${names.map((name) => `${name}.jsonl`).join(', ')}, one JSON object per line.`,
  );
}

/** A stream without news is there without rows, so that selects over several streams run. */
async function land(
  name: StreamName | ComparedStreamName,
  path: string | undefined,
  landing: Landing,
): Promise<void> {
  const columns = columnsOfStream(name);
  const file = path === undefined ? '' : basename(path);
  async function* rows(): AsyncGenerator<readonly (string | null)[]> {
    if (path === undefined) return;
    let row = 0;
    for await (const line of createInterface({
      input: createReadStream(path),
      crlfDelay: Infinity,
    })) {
      row++;
      const record = recordOf(line);
      if (typeof record === 'string') {
        landing.reject(name, { source_row: row, code: 'not_a_record', detail: record, raw: line });
        continue;
      }
      const flat = flatRecord(record);
      yield [...columns.map((column) => flat.get(column) ?? null), String(row), file];
    }
  }
  await landing.rows(name, [...columns, '_row', '_file'], rows());
}

/** The record of a line, or what is wrong with it. */
function recordOf(line: string): Record<string, unknown> | string {
  if (line.length > lineLimit)
    return `the line has ${line.length} characters, at most ${lineLimit} are read`;
  try {
    const value: unknown = JSON.parse(line);
    if (!isRecord(value)) return 'expected a JSON object';
    const id = value['id'] ?? value['payment_request_id'] ?? value['payment'];
    return id === undefined || id === null ? 'the record has no id' : value;
  } catch (cause) {
    return `expected a JSON object: ${(cause as Error).message}`;
  }
}
