import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Command, Connector, Fetched, SendResult } from '../../connector.ts';
import { files, type FilesSettings } from '../files/connector.ts';
import { builtInMapping } from '../files/mappings.ts';

const settingsSchema = v.strictObject({
  url: v.pipe(v.string(), v.url('Give the address of the ERP, such as "http://127.0.0.1:4180".')),
  /** File with the bearer token; its content is in no configuration, log or manifest. */
  token_path: v.pipe(v.string(), v.nonEmpty()),
});
type Settings = v.InferOutput<typeof settingsSchema>;

/** Largest extract taken from the ERP. */
const extractLimit_bytes = 256 * 1024 * 1024;
const streams = ['payment_requests', 'approval_log'] as const;

/** State a request is in after each action, as the ERP answers it. */
const statusAfter = {
  release: 'released',
  hold: 'held',
  reject: 'rejected',
  refer: 'referred',
} as const satisfies Record<Command['action'], string>;

const answerSchema = v.object({
  status: v.nullable(v.string()),
  status_version: v.nullable(v.number()),
});

/**
 * The demo's stand-in ERP over HTTP: its extracts have the layout of the demo company's files, and
 * it takes decisions. Also the example of a live connector that answers.
 */
export const referenceErp: Connector<Settings> = {
  name: 'reference-erp',
  brings: ['payment_request', 'approval_event'],
  settings: settingsSchema,
  async fetch({ settings, folder, since, signal }): Promise<Fetched> {
    const paths: string[] = [];
    const times: string[] = [];
    for (const stream of streams) {
      const url = new URL(`/extract/${stream}.csv`, settings.url);
      if (since !== undefined) url.searchParams.set('changed_since', since);
      const response = await fetch(url, {
        headers: await headersOf(settings),
        signal,
        redirect: 'error',
      });
      if (!response.ok) throw new Error(`${url.pathname}: the ERP answered ${response.status}`);
      times.push(response.headers.get('x-extracted-at') ?? new Date().toISOString());
      if (response.status === 204) continue;
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length > extractLimit_bytes)
        throw new Error(
          `${url.pathname}: ${bytes.length} bytes are more than one extract may have`,
        );
      const path = join(folder, `${stream}.csv`);
      await writeFile(path, bytes);
      paths.push(path);
    }
    // What changes between the two answers comes again with the next fetch.
    const [extracted_at = new Date().toISOString()] = times.sort();
    return { paths, extracted_at };
  },
  deliveries: (paths) => paths.map((path) => [path]),
  extract: ({ paths, signal }, landing) =>
    files.extract({ settings: layout(), paths, signal }, landing),
  staging: () => files.staging(layout()),
  async send(command, settings, signal): Promise<SendResult> {
    const response = await fetch(new URL('/decisions', settings.url), {
      method: 'POST',
      headers: { ...(await headersOf(settings)), 'content-type': 'application/json' },
      body: JSON.stringify(command),
      signal,
      redirect: 'error',
    });
    const body: unknown = await response.json().catch(() => null);
    return resultOf(command, response, body);
  },
};

/** 2xx done; 409 in the wanted state is done too; other 4xx are final; everything else is not known. */
function resultOf(command: Command, response: Response, body: unknown): SendResult {
  const parsed = v.safeParse(answerSchema, body);
  const state = parsed.success ? parsed.output : { status: null, status_version: null };
  const { status, status_version } = state;
  const wanted = statusAfter[command.action];
  if (status !== null && status_version !== null && status === wanted) {
    if (response.ok || response.status === 409)
      return { outcome: 'accepted', status, status_version };
  }
  if (response.ok)
    return {
      outcome: 'retry',
      why: `the ERP answered ${response.status} without the state ${wanted}`,
    };
  if (response.status === 409)
    return {
      outcome: 'refused',
      why: `the request is ${status ?? 'unknown'} (version ${status_version ?? '?'}) in the ERP, not ${command.expected_status} (version ${command.expected_version})`,
    };
  const isFinal =
    response.status >= 400 && response.status < 500 && ![408, 425, 429].includes(response.status);
  if (isFinal) return { outcome: 'refused', why: `the ERP answered ${response.status}` };
  const seconds = Number(response.headers.get('retry-after'));
  return {
    outcome: 'retry',
    why: `the ERP answered ${response.status}`,
    ...(Number.isFinite(seconds) && seconds > 0 ? { after_ms: seconds * 1_000 } : {}),
  };
}

async function headersOf(settings: Settings): Promise<Record<string, string>> {
  const token = await readFile(settings.token_path, 'utf8');
  return { authorization: `Bearer ${token.trim()}` };
}

/** The two streams of the demo company's layout that this ERP gives. */
function layout(): FilesSettings {
  const mapping = builtInMapping('demo-company', {});
  const kept = Object.entries(mapping).filter(([name]) =>
    streams.some((stream) => stream === name),
  );
  return { mapping: Object.fromEntries(kept) };
}
