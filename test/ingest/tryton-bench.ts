import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../../../shared/bench/tryton/', import.meta.url));
const port = Number(process.env['QB_PORT'] ?? 8000);
/** The address of the bench itself; tests that meddle with the line go through `openLine`. */
export const address = `http://127.0.0.1:${port}`;
export const database = process.env['QB_DB'] ?? 'quittance';

const expectedSchema = v.object({
  payments: v.record(v.string(), v.number()),
  payment_total: v.string(),
  vendors: v.number(),
  planted: v.object({
    created_and_approved_by_same_user: v.array(v.number()),
    duplicate_invoices: v.array(v.object({ payment: v.number() })),
    iban_changed: v.array(v.object({ payment: v.number(), party: v.number() })),
    sent_back_to_draft: v.array(v.number()),
    succeeded_then_failed: v.array(v.number()),
    waiting_for_second_approval: v.array(v.number()),
  }),
});

/** Brings the bench up with its seeded data; why that cannot be, or null when it stands. */
export async function bringUp(): Promise<string | null> {
  if (!existsSync(`${folder}up`)) return 'there is no bench beside this folder';
  try {
    await installTimeZones();
    await up('--reset');
    return null;
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    return `the bench does not come up here: ${stderr.trim() || String(cause)}`;
  }
}

/** The seed sets a user's time zone, for which its ERP needs a package it only recommends. */
async function installTimeZones(): Promise<void> {
  const name = 'python3-tz';
  const found = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).catch(
    () => null,
  );
  if (found?.stdout === 'installed') return;
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '-y', '--no-install-recommends', name]);
}

/** What the bench says it planted. */
export function expected(): v.InferOutput<typeof expectedSchema> {
  return v.parse(expectedSchema, JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')));
}

/** Starts the bench; `--reset` brings back the seeded data. Seeds it the first time (minutes). */
export async function up(...flags: string[]): Promise<void> {
  await run(`${folder}up`, flags, { maxBuffer: 16 << 20 });
}

export async function down(): Promise<void> {
  await run(`${folder}down`, []);
}

/** Calls a method as one of the bench's users, whose passwords are `<login>-bench`. */
export async function call(login: string, method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(`${address}/${database}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${login}:${login}-bench`).toString('base64')}`,
    },
    body: JSON.stringify({ id: 1, method, params }),
  });
  const body = (await response.json()) as { result?: unknown; error?: unknown };
  if (body.error !== undefined) throw new Error(JSON.stringify(body.error));
  return body.result;
}

/** Fields of one payment as the ERP has it; undefined when it was deleted. */
export async function payment(
  id: number,
  ...fields: string[]
): Promise<Record<string, unknown> | undefined> {
  const rows = await call(
    'quittance',
    'model.account.payment.search_read',
    [['id', '=', id]],
    0,
    1,
    null,
    ['state', ...fields],
    {},
  );
  return (rows as Record<string, unknown>[])[0];
}

/** Ids of payments, the newest first. */
export async function paymentsWhere(...domain: unknown[]): Promise<number[]> {
  return (await call(
    'quittance',
    'model.account.payment.search',
    domain,
    0,
    null,
    [['id', 'DESC']],
    {},
  )) as number[];
}

/** A line to the bench that can be slow, lose answers, or say that a session is stale. */
export interface Line {
  readonly url: string;
  calls: number;
  delay_ms: number;
  /** Loses the answer to the next call whose method ends so, after it was carried out. */
  loseAnswerTo: string | undefined;
  /** Answers the next call that shows a session with 401. */
  staleSession: boolean;
  close(): Promise<void>;
}

export async function openLine(): Promise<Line> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      line.calls++;
      const body = Buffer.concat(chunks);
      const { method } = JSON.parse(body.toString('utf8')) as { method: string };
      if (line.staleSession && String(incoming.headers.authorization).startsWith('Session ')) {
        line.staleSession = false;
        outgoing.writeHead(401).end();
        return;
      }
      const forward = httpRequest(
        {
          host: '127.0.0.1',
          port,
          path: incoming.url,
          method: 'POST',
          headers: { ...incoming.headers, host: `127.0.0.1:${port}` },
        },
        (answer) => {
          if (line.loseAnswerTo !== undefined && method.endsWith(line.loseAnswerTo)) {
            line.loseAnswerTo = undefined;
            answer.resume();
            answer.on('end', () => incoming.socket.destroy());
            return;
          }
          setTimeout(() => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
          }, line.delay_ms);
        },
      );
      forward.on('error', () => incoming.socket.destroy());
      forward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line: Line = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: 0,
    delay_ms: 0,
    loseAnswerTo: undefined,
    staleSession: false,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return line;
}
