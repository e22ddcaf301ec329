import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  deliverDigest,
  planDigests,
  renderDigest,
  sendDigests,
  type DigestStores,
} from '#lib/server/mail/digest-delivery.ts';
import { digestPeriod } from '#lib/server/mail/digest-period.ts';
import { smtpTransport, type MailTransport } from '#lib/server/mail/mail-transport.ts';
import type { Person } from '#lib/server/auth/person.ts';
import { decide } from '#lib/server/state/decisions.ts';
import { saveDigestSubscription, stopDigest } from '#lib/server/state/digest-subscriptions.ts';
import type { State } from '#lib/server/state/database.ts';
import { openDemoWarehouse, type DemoWarehouse } from '../../demo-warehouse.ts';
import { companyA, freshState, lowRisk, oneCase, somebody } from '../server/fresh-state.ts';
import { startSmtpServer, type ReceivedMail } from './smtp-server.ts';

let demo: DemoWarehouse;
let headsFolder: string;
beforeAll(async () => {
  headsFolder = await mkdtemp(join(tmpdir(), 'quittance-heads-'));
  demo = await openDemoWarehouse();
}, 600_000);
afterAll(async () => {
  await demo.close();
  await rm(headsFolder, { recursive: true });
});

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function server(answer?: (mail: ReceivedMail) => 'accept' | 'refuse' | 'silence') {
  const started = await startSmtpServer(answer);
  stops.push(started.stop);
  return { ...started, transport: smtpTransport(started.url, 'digest@quittance.example') };
}

const monday = '2026-11-16T08:00:00Z';
const everyMonday = { weekday: 1, hour: 7, time_zone: 'Europe/Amsterdam', active: true };

/** A state with one subscriber who has been one for months. */
async function subscribed(given: Parameters<typeof somebody>[1] = {}) {
  const state = await freshState();
  const person = await somebody(state, { roles: ['risk'], ...given });
  await saveDigestSubscription(state, person, everyMonday);
  await state.query(`update digest_subscription set created_at = '2026-01-01'`);
  return { state, person, stores: storesOf(state) };
}

function storesOf(state: State): DigestStores {
  return {
    warehouse: demo.warehouse,
    state,
    asOf: demo.warehouse.asOf,
    groupCurrency: 'EUR',
    dataFolder: headsFolder,
    url: 'http://127.0.0.1:4173',
  };
}

async function deliveryOf(state: State) {
  const [row] = await state.query<{ state: string; attempts: number; resent: boolean }>(
    'select state, attempts, resent from digest_delivery',
  );
  return row;
}

async function rendered(stores: DigestStores, person: Person) {
  return renderDigest(stores, person, digestPeriod(monday, person.time_zone), {
    unsubscribeToken: 'token',
    imageSource: () => 'cid:flags@quittance',
  });
}

test('is sent once for the week, however often the job runs', async () => {
  const { state, person, stores } = await subscribed();
  const { transport, received } = await server();
  await sendDigests(stores, transport, monday);
  await sendDigests(stores, transport, monday);
  await sendDigests(stores, transport, '2026-11-18T08:00:00Z');
  expect(received).toHaveLength(1);
  expect(received[0]?.recipients).toEqual([person.email]);
  expect(received[0]?.parsed.subject).toContain('9–15 Nov 2026');
  await sendDigests(stores, transport, '2026-11-23T08:00:00Z');
  expect(received).toHaveLength(2);
  expect(await state.query('select 1 from digest_delivery')).toHaveLength(2);
});

test('is not sent to whom left, may not read it, or subscribed after it was due', async () => {
  const { state, stores } = await subscribed();
  const late = await somebody(state, { roles: ['cfo'] });
  await saveDigestSubscription(state, late, everyMonday);
  await state.query('update digest_subscription set created_at = $1 where user_id = $2', [
    '2026-11-16T07:30:00Z',
    late.user_id,
  ]);
  await state.query('update app_user set active = false where user_id <> $1', [late.user_id]);
  const { transport, received } = await server();
  await sendDigests(stores, transport, monday);
  expect(received).toEqual([]);
});

test('is tried again after a refusal, with the same bytes and Message-ID', async () => {
  const { state, stores } = await subscribed();
  const busy = await server(() => 'refuse');
  await expect(sendDigests(stores, busy.transport, monday)).rejects.toThrow(/mailbox busy/);
  expect(await deliveryOf(state)).toEqual({ state: 'rendered', attempts: 1, resent: false });
  const frozen = await state.query<{ html: string; message_id: string }>(
    'select html, message_id from digest_delivery',
  );
  const { transport, received } = await server();
  await sendDigests(stores, transport, monday);
  expect(received[0]?.parsed.messageId).toBe(frozen[0]?.message_id);
  expect(await state.query('select html, message_id from digest_delivery')).toEqual(frozen);
  expect(await deliveryOf(state)).toEqual({ state: 'sent', attempts: 2, resent: false });
});

test('is asked for at most twice when the server takes it and says nothing, then left to a person', async () => {
  const { state, stores } = await subscribed();
  const { transport, received } = await server(() => 'silence');
  for (let run = 0; run < 4; run++) await sendDigests(stores, transport, monday).catch(() => null);
  expect(new Set(received.map((mail) => mail.parsed.messageId)).size).toBe(1);
  expect(received).toHaveLength(2);
  expect(await deliveryOf(state)).toMatchObject({ state: 'failed', attempts: 2, resent: true });
});

/** A transport that ends the process at one point: as if killed, nothing after it runs. */
function killedAt(point: 'before' | 'after', transport: MailTransport): MailTransport {
  return {
    async send(mail) {
      if (point === 'after') await transport.send(mail);
      throw new Error('killed');
    },
  };
}

test.each([
  ['before' as const, 1],
  ['after' as const, 2],
])('survives being killed %s the mail left: one digest, one Message-ID', async (point, mails) => {
  const { state, stores } = await subscribed();
  const { transport, received } = await server();
  const [deliveryId = ''] = await planDigests(state, monday);
  await expect(deliverDigest(stores, killedAt(point, transport), deliveryId)).rejects.toThrow(
    'killed',
  );
  await sendDigests(stores, transport, monday);
  await sendDigests(stores, transport, monday);
  expect(received).toHaveLength(mails);
  expect(new Set(received.map((mail) => mail.parsed.messageId)).size).toBe(1);
  expect(await deliveryOf(state)).toMatchObject({ state: 'sent', resent: true });
});

test('says the same in HTML and plain text, and in the reader’s language', async () => {
  const { state, person, stores } = await subscribed({ name: 'Mei Tanaka' });
  await oneCase(state);
  const english = await rendered(stores, person);
  expect(english.html).toContain('<html lang="en">');
  expect(english.plain).toContain('Good morning Mei Tanaka. Open cases: 1');
  const chinese = await rendered(stores, { ...person, locale: 'zh-CN' });
  expect(chinese.html).toContain('<html lang="zh-CN">');
  expect(chinese.plain).toContain('早上好');
  expect(chinese.plain).not.toContain('Good morning');
});

test('counts what was decided in the week: right, stopped, and how soon', async () => {
  const { state, person, stores } = await subscribed({ roles: ['risk'] });
  const right = await oneCase(state);
  const wrong = await oneCase(state, { ...lowRisk(), payment_request_id: 'PR-2' });
  for (const [case_number, verdict, reason_code, action] of [
    [right, 'fraud', 'account_takeover', 'hold'],
    [wrong, 'false_alarm', 'wrong_match', 'release'],
  ] as const) {
    const decision_id = randomUUID();
    const result = await decide(state, person, {
      decision_id,
      case_number,
      case_version: 1,
      verdict,
      reason_code,
      action,
      note: 'looked at it',
      expected_status: 'in_approval',
      expected_version: 1,
    });
    expect(result.outcome).toBe('decided');
    await state.query(
      `update decision set decided_at = '2026-11-12T10:00:00Z' where decision_id = $1`,
      [decision_id],
    );
  }
  const { plain, html } = await rendered(stores, person);
  expect(plain).toContain('1 confirmed, €1,000 stopped before payment');
  expect(plain).toContain('1 of 2 decided flags were right');
  expect(html).toContain('9–91 %');
});

test('shows only entities of the reader’s scope', async () => {
  const { state, stores } = await subscribed();
  await oneCase(state, {
    company_key: companyA,
    title: { vendor_name: 'Secret Vendor', invoice_number: null, company_name: 'A' },
  });
  const outsider = await somebody(state, { company_keys: [randomUUID()] });
  const { html, plain } = await rendered(stores, outsider);
  expect(html + plain).not.toContain('Secret Vendor');
  expect(plain).toContain('No case is open');
});

test('lets no markup in through names from outside', async () => {
  const { state, person, stores } = await subscribed({ name: '<b>Eve</b>' });
  await oneCase(state, {
    title: { vendor_name: '<img src=x onerror=alert(1)>', invoice_number: null, company_name: 'A' },
  });
  const { html } = await rendered(stores, person);
  expect(html).not.toContain('<img src=x');
  expect(html).not.toContain('<b>Eve');
  expect(html).toContain('&#60;img src=x');
});

test('stops by the link of the mail, which has to be confirmed', async () => {
  const { state, stores } = await subscribed();
  const [row] = await state.query<{ unsubscribe_token: string }>(
    'select unsubscribe_token from digest_subscription',
  );
  expect(await stopDigest(state, 'another token')).toBe(false);
  expect(await stopDigest(state, row?.unsubscribe_token ?? '')).toBe(true);
  const { transport, received } = await server();
  await sendDigests(stores, transport, monday);
  expect(received).toEqual([]);
});
