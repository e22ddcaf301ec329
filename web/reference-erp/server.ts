/**
 * A stand-in for an ERP, for the demo and for tests: a process of its own that owns an approval
 * queue and answers over HTTP on loopback. It is no ERP: it knows payment requests and nothing else.
 *
 *   GET  /health                                  who answers and what time it has
 *   GET  /requests?changed_since=ISO              requests as JSON
 *   GET  /extract/payment_requests.csv?changed_since=ISO
 *   GET  /extract/approval_log.csv?changed_since=ISO
 *   POST /decisions                               idempotent by decision_id; 409 when the request has moved on
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { approvalLogCsv, requestsCsv } from './extract.ts';
import { faultOf, readFaultPlan, type FaultPlan } from './faults.ts';
import { fileLog, readRequests } from './queue-log.ts';
import { Queue, statusAfter, type ErpAction } from './queue.ts';

const bodyLimit = 64 * 1024;
const slowMs = 3_000;

const orderSchema = v.object({
  decision_id: v.pipe(v.string(), v.uuid()),
  action: v.picklist(Object.keys(statusAfter) as ErpAction[]),
  payment_request_id: v.pipe(v.string(), v.nonEmpty()),
  expected_status: v.string(),
  expected_version: v.pipe(v.number(), v.integer()),
  reason_code: v.string(),
  note: v.string(),
  decided_by: v.string(),
});

interface Erp {
  readonly queue: Queue;
  readonly token: string;
  readonly plan: FaultPlan;
  decisionsAsked: number;
}

async function answer(erp: Erp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://erp');
  const since = url.searchParams.get('changed_since');
  const { queue } = erp;
  if (request.method === 'GET' && url.pathname === '/health') {
    send(response, 200, {
      name: 'Quittance reference ERP (a stand-in, not an ERP)',
      now: queue.now().toISOString(),
      requests: queue.size,
      decisions: queue.decisions.length,
    });
    return;
  }
  if (!isAuthorised(request, erp.token)) {
    send(response, 401, { error: 'Send the bearer token of this ERP.' });
    return;
  }
  if (since !== null && Number.isNaN(Date.parse(since))) {
    send(response, 400, { error: `changed_since must be an ISO time, but it is "${since}"` });
    return;
  }
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /requests':
      send(response, 200, { now: queue.now().toISOString(), requests: queue.changedSince(since) });
      return;
    case 'GET /extract/payment_requests.csv':
      sendCsv(response, queue, requestsCsv(queue, since));
      return;
    case 'GET /extract/approval_log.csv':
      sendCsv(response, queue, approvalLogCsv(queue, since));
      return;
    case 'POST /decisions':
      await decide(erp, request, response);
      return;
    default:
      send(response, 404, { error: `${request.method} ${url.pathname} is nothing this ERP knows` });
  }
}

async function decide(erp: Erp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const order = v.safeParse(orderSchema, await bodyOf(request));
  if (!order.success) {
    const [issue] = order.issues;
    send(response, 400, { error: `${v.getDotPath(issue) ?? 'body'}: ${issue.message}` });
    return;
  }
  const fault = faultOf(erp.plan, ++erp.decisionsAsked);
  if (fault === 'fail') {
    response.setHeader('retry-after', '1');
    send(response, 503, { error: 'Maintenance' });
    return;
  }
  if (fault === 'slow') await delay(slowMs);
  const result = erp.queue.decide(order.output);
  if (fault === 'drop') {
    response.destroy();
    return;
  }
  // A repeated message: the second one must change nothing.
  if (fault === 'repeat') erp.queue.decide(order.output);
  send(response, result.http, result.body);
}

function isAuthorised(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const part = chunk as Buffer;
    length += part.length;
    if (length > bodyLimit) return null;
    chunks.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

function sendCsv(response: ServerResponse, queue: Queue, csv: string | null): void {
  const headers = { 'x-extracted-at': queue.now().toISOString() };
  if (csv === null) response.writeHead(204, headers).end();
  else response.writeHead(200, { ...headers, 'content-type': 'text/csv; charset=utf-8' }).end(csv);
}

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    requests: { type: 'string' },
    present: { type: 'string' },
    port: { type: 'string', default: '0' },
    faults: { type: 'string', default: '' },
  },
});
const { folder, requests, present = new Date().toISOString() } = values;
const token = process.env['REFERENCE_ERP_TOKEN'] ?? '';
if (folder === undefined || requests === undefined || token.length < 32) {
  throw new Error(
    'The reference ERP needs --folder, --requests and REFERENCE_ERP_TOKEN (32 characters or more)',
  );
}
const erp: Erp = {
  queue: new Queue({ requests: readRequests(requests), log: fileLog(folder), present }),
  token,
  plan: readFaultPlan(values.faults),
  decisionsAsked: 0,
};
const server = createServer((request, response) => {
  answer(erp, request, response).catch((error: unknown) => {
    console.error('reference ERP:', error);
    if (!response.headersSent)
      send(response, 500, { error: 'This ERP failed; nothing was changed.' });
  });
});
const listen = (port: number) =>
  server.listen(port, '127.0.0.1', () => {
    const { port: taken } = server.address() as AddressInfo;
    console.log(`reference ERP listens on http://127.0.0.1:${taken}`);
  });
server.on('error', (error: NodeJS.ErrnoException) => {
  // The port of last time is taken: any other will do.
  if (error.code === 'EADDRINUSE') listen(0);
  else throw error;
});
listen(Number(values.port));
const stop = () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
};
process.on('SIGTERM', stop);
// The parent was killed: nobody is left to serve.
process.on('disconnect', stop);
