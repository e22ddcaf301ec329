import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { queueWebhooks, sendWebhooks } from '../../../web/src/lib/server/jobs/send-webhooks.ts';
import { appendAudit } from '../../../web/src/lib/server/state/audit.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import {
  addEndpoint,
  listEndpoints,
  removeEndpoint,
  rotateSecret,
} from '../../../web/src/lib/server/webhooks/endpoints.ts';
import { postWebhook } from '../../../web/src/lib/server/webhooks/post-webhook.ts';
import {
  checkedAddress,
  isPublicAddress,
} from '../../../web/src/lib/server/webhooks/public-address.ts';
import { openSecret, sealSecret } from '../../../web/src/lib/server/webhooks/sealed-secret.ts';
import { freshState } from './fresh-state.ts';

const dataSecret = '0'.repeat(64);
const actor = 'system:test';
const whsec = () => `whsec_${randomBytes(32).toString('base64')}`;

describe('only the public internet is connected to', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00::1',
    'fe80::1',
    'not an address',
  ])('%s is closed', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['8.8.8.8', '100.128.0.1', '172.32.0.1', '2606:4700::1111'])(
    '%s is open',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  test.each(['http://2130706433/', 'http://0x7f000001/', 'http://0177.0.0.1/', 'http://[::1]/'])(
    '%s is loopback in disguise',
    async (url) => {
      await expect(checkedAddress(new URL(url).hostname)).rejects.toThrow('public internet');
    },
  );

  test('one closed address of several is enough to refuse a host', async () => {
    const resolve = () => Promise.resolve(['8.8.8.8', '10.0.0.1']);
    await expect(checkedAddress('two.example', { resolve })).rejects.toThrow('10.0.0.1');
  });

  test('a name is resolved once: what it leads to a moment later does not matter', async () => {
    const receiver = await receive(() => 200);
    let asked = 0;
    const answer = await postWebhook(
      { url: `http://rebound.invalid:${receiver.port}/`, secrets: [whsec()] },
      { message_id: 'm', body: '{}' },
      {
        now: new Date(),
        allowHttp: true,
        isAllowed: () => true,
        resolve: () => Promise.resolve(asked++ === 0 ? ['127.0.0.1'] : ['203.0.113.1']),
      },
    );
    expect(answer).toEqual({ outcome: 'delivered', status: 200 });
    expect(asked).toBe(1);
    expect(receiver.got[0]?.headers.host).toBe(`rebound.invalid:${receiver.port}`);
  });

  test('without https nothing is sent', async () => {
    const receiver = await receive(() => 200);
    const endpoint = { url: receiver.url, secrets: [whsec()] };
    const message = { message_id: 'm', body: '{}' };
    expect(
      await postWebhook(endpoint, message, { now: new Date(), isAllowed: () => true }),
    ).toMatchObject({ outcome: 'retry', status: null });
    expect(receiver.got).toEqual([]);
  });
});

describe('a webhook', () => {
  test('is signed with both active secrets and carries ids and states only', async () => {
    const state = await freshState();
    const receiver = await receive(() => 200);
    const first = await endpointAt(state, receiver.url);
    const second = await rotateSecret(state, { url: receiver.url, dataSecret, actor });
    await happens(state);
    expect(await queueWebhooks(state)).toBe(1);
    expect(await queueWebhooks(state)).toBe(0);
    await send(state);
    await send(state);
    expect(receiver.got).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.got;
    for (const secret of [first, second])
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
        type: 'decision.recorded',
        data: { case_number: 'Q-1', action: 'hold' },
      });
    expect(() => new Webhook(whsec()).verify(body, headers as Record<string, string>)).toThrow();
    expect(body).not.toContain('what a person wrote');
    expect(await deliveries(state)).toEqual([
      { state: 'delivered', attempts: 1, last_status: 200 },
    ]);
  });

  test('is sent again under the same id, later each time, until the receiver takes it', async () => {
    const state = await freshState();
    const answers = [500, 302, 200];
    const receiver = await receive(() => answers.shift() ?? 200);
    await endpointAt(state, receiver.url);
    await happens(state);
    await queueWebhooks(state);
    const start = Date.now() + 1_000;
    for (const minutes of [0, 0.01, 1, 2, 20])
      await send(state, new Date(start + minutes * 60_000));
    expect(receiver.got).toHaveLength(3);
    expect(new Set(receiver.got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await deliveries(state)).toEqual([
      { state: 'delivered', attempts: 3, last_status: 200 },
    ]);
  });

  test('waits as long as the receiver asks', async () => {
    const state = await freshState();
    const receiver = await receive(() => 503, { 'retry-after': '3600' });
    await endpointAt(state, receiver.url);
    await happens(state);
    await queueWebhooks(state);
    const start = Date.now() + 1_000;
    await send(state, new Date(start));
    await send(state, new Date(start + 59 * 60_000));
    expect(receiver.got).toHaveLength(1);
    await send(state, new Date(start + 61 * 60_000));
    expect(receiver.got).toHaveLength(2);
  });

  test('ends after ten attempts, and 410 turns the address off', async () => {
    const state = await freshState();
    let status = 500;
    const receiver = await receive(() => status);
    await endpointAt(state, receiver.url);
    await happens(state);
    await queueWebhooks(state);
    for (let day = 0; day < 14; day++) await send(state, new Date(Date.now() + day * 86_400_000));
    expect(receiver.got).toHaveLength(10);
    expect(await deliveries(state)).toEqual([{ state: 'failed', attempts: 10, last_status: 500 }]);
    status = 410;
    await happens(state);
    await queueWebhooks(state);
    await send(state, new Date(Date.now() + 1_000));
    await happens(state);
    expect(await queueWebhooks(state)).toBe(0);
    expect(await listEndpoints(state)).toMatchObject([
      { disabled_because: 'it answered 410', failed: 2, queued: 0 },
    ]);
  });

  test('has an https address, a secret that is sealed at rest, and an end', async () => {
    const state = await freshState();
    const url = 'https://receiver.example/hook';
    await expect(
      addEndpoint(state, { url: 'http://receiver.example/', dataSecret, actor }),
    ).rejects.toThrow('https');
    await expect(addEndpoint(state, { url: 'receiver', dataSecret, actor })).rejects.toThrow(
      'but got receiver',
    );
    const secret = await addEndpoint(state, { url, dataSecret, actor });
    await expect(addEndpoint(state, { url, dataSecret, actor })).rejects.toThrow('already');
    const rows = await state.query<{ all: string }>(
      'select e::text as "all" from webhook_endpoint e',
    );
    expect(rows[0]?.all).not.toContain(secret.slice('whsec_'.length));
    await removeEndpoint(state, { url, actor });
    expect(await listEndpoints(state)).toEqual([]);
    await expect(removeEndpoint(state, { url, actor })).rejects.toThrow('told nothing');
  });

  test('a sealed secret that was changed is not opened', () => {
    const sealed = sealSecret(dataSecret, 'whsec_x');
    expect(openSecret(dataSecret, sealed)).toBe('whsec_x');
    expect(() => openSecret('1'.repeat(64), sealed)).toThrow();
    const other = sealed.endsWith('A') ? 'B' : 'A';
    expect(() =>
      openSecret(dataSecret, `${sealed.slice(0, -3)}${other}${sealed.slice(-2)}`),
    ).toThrow();
    expect(() => openSecret(dataSecret, sealed.replace('v1.', 'v9.'))).toThrow('v9.');
  });
});

/** An endpoint on loopback, which `addEndpoint` would refuse. */
async function endpointAt(state: State, url: string): Promise<string> {
  const secret = whsec();
  await state.query('insert into webhook_endpoint (url, sealed_secrets) values ($1, $2)', [
    url,
    [sealSecret(dataSecret, secret)],
  ]);
  return secret;
}

async function happens(state: State): Promise<void> {
  await state.transaction((queries) =>
    appendAudit(queries, {
      actor,
      action: 'decision.recorded',
      subject: 'Q-1',
      before: null,
      after: { action: 'hold', note: 'what a person wrote' },
    }),
  );
}

function send(state: State, now = new Date()): Promise<void> {
  return sendWebhooks(state, {
    dataSecret,
    now: () => now,
    random: () => 0.5,
    allowHttp: true,
    isAllowed: () => true,
  });
}

function deliveries(state: State): Promise<unknown[]> {
  return state.query('select state, attempts, last_status from webhook_delivery');
}

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver on loopback that answers with these statuses. */
async function receive(status: () => number, headers: Record<string, string> = {}) {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      response.writeHead(status(), headers).end();
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { got, port, url: `http://127.0.0.1:${port}/` };
}
