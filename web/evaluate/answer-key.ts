import { parse } from 'csv-parse/sync';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const rowSchema = v.object({
  kind: v.string(),
  twin: v.pipe(
    v.picklist(['true', 'false']),
    v.transform((text) => text === 'true'),
  ),
  incident_id: v.string(),
  subject: v.picklist(['invoice', 'payment_request']),
  subject_id: v.string(),
  detectors: v.pipe(
    v.string(),
    v.transform((text) => text.split('|')),
  ),
});

/** One planted incident or benign twin: its subjects' keys and the detectors that may name it. */
export interface Instance {
  readonly incident_id: string;
  readonly kind: string;
  readonly twin: boolean;
  readonly detectors: readonly string[];
  readonly subject_keys: readonly string[];
}

/**
 * The answer key of a demo folder, its subjects as the warehouse keys them.
 *
 * Errors  no or an unreadable `answer-key.csv`: says where it was looked for.
 */
export async function readAnswerKey(folder: string): Promise<Instance[]> {
  const path = join(folder, 'answer-key.csv');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(
      `${path} cannot be read; name a folder that "npx quittance demo --out DIR" has written`,
      { cause },
    );
  });
  const rows = v.parse(v.array(rowSchema), parse(text, { columns: true }));
  const instances = new Map<string, Instance & { subject_keys: string[] }>();
  for (const { subject, subject_id, ...row } of rows) {
    const instance = instances.get(row.incident_id) ?? { ...row, subject_keys: [] };
    instance.subject_keys.push(recordKey('erp', subject, subject_id));
    instances.set(row.incident_id, instance);
  }
  return [...instances.values()];
}

/** A record's key outside DuckDB, see `recordKeySql` in ingest/records.ts. */
function recordKey(source: string, record: string, id: string): string {
  const hex = createHash('md5').update([source, record, id].join('\u001f')).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
