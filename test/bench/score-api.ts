import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parse } from 'csv-parse';
import { randomNumbers } from '#analytics/statistics/random-numbers.ts';
import type { BenchRow } from './bench.ts';

const perSecond = Number(process.env['BENCH_SCORE_RATE'] ?? 200);
const seconds = Number(process.env['BENCH_SCORE_SECONDS'] ?? 30);
const warmUpSeconds = 5;
const goal_ms = { unstored: 25, stored: 50 } as const;
const startLimitMs = 10 * 60_000;

/**
 * The running product, asked as payment gateways do: requests leave at the times of a Poisson process,
 * whether or not earlier ones were answered, and each is timed from the moment it was meant to leave.
 */
export async function run(): Promise<BenchRow[]> {
  const given = process.env['BENCH_SCORE_DATA'];
  const dataFolder = given ?? (await mkdtemp(join(tmpdir(), 'quittance-score-')));
  const port = await freePort();
  const server = spawn(
    process.execPath,
    ['bin/quittance.ts', 'start', '--no-open', '--data', dataFolder, '--port', String(port)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await says(server, 'Sign in at');
    const made = await promisify(execFile)(process.execPath, [
      ...['bin/quittance.ts', 'token', '--data', dataFolder, '--make', 'bench', '--json'],
    ]);
    const { token } = JSON.parse(made.stdout) as { token: string };
    const bodies = await demoBodies(join(dataFolder, 'demo', 'erp', 'payment_requests.csv'));
    const load = { port, token, bodies };
    await poisson({ ...load, seconds: warmUpSeconds, isStored: true, seed: 1 });
    const unstored = await poisson({ ...load, seconds, isStored: false, seed: 2 });
    const stored = await poisson({ ...load, seconds, isStored: true, seed: 3 });
    return [
      row(`score at ${perSecond}/s, p99 from the intended send time`, unstored, goal_ms.unstored),
      row('the same, answer stored durably', stored, goal_ms.stored),
    ];
  } finally {
    server.kill('SIGTERM');
    await new Promise((ended) => server.once('close', ended));
    if (given === undefined) await rm(dataFolder, { recursive: true, force: true });
  }
}

function row(what: string, taken: readonly number[], goal: number): BenchRow {
  const sorted = [...taken].sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  const measured = `${at(0.99).toFixed(1)} ms (p50 ${at(0.5).toFixed(1)}, max ${at(1).toFixed(0)})`;
  return { what, measured, ratio: at(0.99) / goal, goal: 1 };
}

interface Load {
  readonly port: number;
  readonly token: string;
  readonly bodies: readonly Record<string, unknown>[];
  readonly seconds: number;
  readonly isStored: boolean;
  readonly seed: number;
}

async function poisson(load: Load): Promise<number[]> {
  const random = randomNumbers(load.seed);
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const sent: Promise<number>[] = [];
  const began = performance.now();
  for (let due = 0; ;) {
    due += (-Math.log(1 - random()) / perSecond) * 1000;
    if (due > load.seconds * 1000) break;
    const wait = began + due - performance.now();
    if (wait > 0) await delay(wait);
    const body = load.bodies[Math.floor(random() * load.bodies.length)] ?? {};
    sent.push(ask(agent, load, JSON.stringify(body), began + due));
  }
  const taken = await Promise.all(sent);
  agent.destroy();
  return taken;
}

let asked = 0;

/** Milliseconds from the intended moment to the last byte of a right answer. */
function ask(agent: Agent, load: Load, body: string, intended: number): Promise<number> {
  asked += 1;
  const headers = {
    authorization: `Bearer ${load.token}`,
    'idempotency-key': `bench-${process.pid}-${asked}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((settle, fail) => {
    const path = `/api/v1/score${load.isStored ? '' : '?store=no'}`;
    const sending = request(
      { agent, host: '127.0.0.1', port: load.port, path, method: 'POST', headers },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => {
          if (response.statusCode === 200) settle(performance.now() - intended);
          else fail(new Error(`${response.statusCode}: ${Buffer.concat(pieces).toString()}`));
        });
      },
    );
    sending.on('error', fail);
    sending.end(body);
  });
}

/** Requests of the demo company, as if they came in once more now. */
async function demoBodies(path: string): Promise<Record<string, unknown>[]> {
  const rows = createReadStream(path).pipe(parse({ columns: true, to: 20_000 })) as AsyncIterable<
    Record<string, string>
  >;
  const bodies: Record<string, unknown>[] = [];
  for await (const cells of rows)
    bodies.push({
      payment_request_id: `NEW-${cells['Request No.']}`,
      company_id: cells['Company Code'],
      vendor_id: cells['Vendor No.'],
      requested_by_id: cells['Requested By'],
      account: cells['Payee Account'],
      currency: cells['Currency'],
      amount: cells['Amount'],
      invoice: { invoice_number: `N${cells['Document No.']}`, category: 'Consulting' },
    });
  return bodies;
}

async function says(server: ChildProcess, text: string): Promise<void> {
  let output = '';
  const said = Promise.withResolvers<undefined>();
  server.stdout?.on('data', (piece: Buffer) => {
    output += piece.toString();
    if (output.includes(text)) said.resolve(undefined);
  });
  server.once('close', () => {
    said.reject(new Error(`the server ended before saying "${text}":\n${output}`));
  });
  const timer = setTimeout(() => {
    said.reject(new Error(`the server did not start within ${startLimitMs} ms:\n${output}`));
  }, startLimitMs);
  await said.promise;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
