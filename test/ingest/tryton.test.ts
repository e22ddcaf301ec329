import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tryton } from '#ingest/connectors/tryton/connector.ts';
import { settingsSchema, type TrytonSettings } from '#ingest/connectors/tryton/settings.ts';
import { flatRecord, timestampOf, versionOf } from '#ingest/connectors/tryton/values.ts';
import { dataFolder, land, manifestOf, refreshed } from './loaded.ts';

const settings = {
  url: 'http://127.0.0.1:8000',
  database: 'company',
  user: 'service',
  password_env: 'QUITTANCE_TEST_ERP',
};
const source = { name: 'erp', connector: 'tryton', settings };
const fixtures = new URL('../../ingest/connectors/tryton/fixtures/', import.meta.url).pathname;

async function fixturePaths(): Promise<string[]> {
  return (await readdir(fixtures)).sort().map((name) => join(fixtures, name));
}

describe('what it reads', () => {
  test('becomes records, the broken line is rejected with a reason, and landing again changes nothing', async () => {
    const folder = await dataFolder();
    const paths = await fixturePaths();
    const [report] = await land(folder, source, paths);
    expect(manifestOf(report).rejected).toEqual({ invoice: 1 });
    const warehouse = await refreshed(folder);
    expect(
      await warehouse.rows(
        `select payment_request_id as id, request.status, status_version::varchar as version, amount::varchar as amount,
           strftime(requested_at, '%Y-%m-%d %H:%M:%S.%g') as requested_at, invoice.invoice_number, vendor.name
         from payment_request as request left join invoice using (invoice_key) left join vendor on vendor.vendor_key = request.vendor_key
         order by id`,
      ),
    ).toEqual([
      {
        id: '50',
        status: 'cancelled',
        version: '7',
        amount: '10.0000',
        requested_at: '2026-03-02 08:00:00.000',
        invoice_number: null,
        name: 'Seals & Co',
      },
      {
        id: '51',
        status: 'held',
        version: '1772611200500000',
        amount: '1190.0000',
        requested_at: '2026-03-04 08:00:00.500',
        invoice_number: 'RE 44/1',
        name: 'Seals & Co',
      },
    ]);
    // The account is that of the time of the request, not the one it was replaced by.
    expect(
      await warehouse.rows(
        `select account_last4 from payment_request join bank_account_change using (account_token)`,
      ),
    ).toEqual([{ account_last4: '2051' }]);
    expect(
      await warehouse.rows(
        `select action, name, comment from approval_event left join employee on employee_key = actor_key order by occurred_at, sequence`,
      ),
    ).toEqual([
      { action: 'submitted', name: 'Erin', comment: null },
      { action: 'approved', name: 'Omar', comment: null },
      { action: 'blocked', name: 'Service', comment: expect.stringContaining('wrong_account') },
      { action: 'changed', name: 'Erin', comment: '1190.00 → 9190.00 EUR' },
    ]);
    expect(
      await warehouse.rows('select due_on::varchar as due_on, payment_block from invoice'),
    ).toEqual([{ due_on: '2026-03-30', payment_block: null }]);
    expect((await land(folder, source, paths)).map(({ outcome }) => outcome)).toEqual([
      'unchanged',
    ]);
  });

  test('is refused when a file is none of its streams', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quittance-erp-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'payroll.jsonl');
    await writeFile(path, '{}\n');
    await expect(land(await dataFolder(), source, [path])).rejects.toThrow('payment.jsonl');
  });
});

describe('its settings', () => {
  test.each([
    [{ ...settings, url: 'http://erp.example.com' }, 'Use https'],
    [{ ...settings, password_env: undefined }, 'password_env'],
    [{ ...settings, password_path: '/run/secret' }, 'password_env'],
    [{ ...settings, password_env: 'not a name' }, 'environment variable'],
    [{ ...settings, people: { adam: { user: 'adam', password_env: 'A' } } }, 'e-mail address'],
    [{ ...settings, database: 'a/b' }, 'name of the database'],
  ])('%j is wrong and says why', (given, why) => {
    const result = v.safeParse(settingsSchema, given);
    expect(result.success).toBe(false);
    expect(result.issues?.map(({ message }) => message).join(' ')).toContain(why);
  });

  test('a secret that is not there is named, not shown', async () => {
    const parsed = v.parse(settingsSchema, { ...settings, password_env: 'QUITTANCE_TEST_ABSENT' });
    await expect(fetchWith(parsed)).rejects.toThrow('QUITTANCE_TEST_ABSENT is empty or not set');
  });
});

describe('a server that answers badly', () => {
  test('mass disappearance is not believed, a few are', async () => {
    const url = await answering((method) => (method.endsWith('search_read') ? [] : 0));
    const open = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ payment_request_id: String(index + 1) }));
    process.env['QUITTANCE_TEST_ERP'] = 'secret';
    const parsed = v.parse(settingsSchema, { ...settings, url, authentication: 'basic' });
    const many = await fetchWith(parsed, open(100));
    expect(many.paths).toEqual([]);
    expect(many.warnings?.join()).toContain('100 of 100 open payments');
    const few = await fetchWith(parsed, open(3));
    expect(few.paths.map((path) => path.split('/').at(-1))).toEqual(['gone_payment.jsonl']);
  });

  test('a locked user is not asked for again before its time', async () => {
    let calls = 0;
    const url = await answering(() => {
      calls++;
      return 429;
    });
    process.env['QUITTANCE_TEST_ERP'] = 'secret';
    const parsed = v.parse(settingsSchema, { ...settings, url });
    await expect(fetchWith(parsed)).rejects.toThrow('locked');
    await expect(fetchWith(parsed)).rejects.toThrow('a short time ago');
    const sent = await tryton.send?.(command, parsed, AbortSignal.timeout(5_000));
    expect(sent).toMatchObject({ outcome: 'retry' });
    expect(calls).toBe(1);
  });
});

test('a version is the time stamp in microseconds, and back', () => {
  expect(versionOf('1748006147.894646')).toBe(1_748_006_147_894_646);
  expect(versionOf('1748006147.5')).toBe(1_748_006_147_500_000);
  expect(timestampOf(1_748_006_147_500_000)).toBe('1748006147.500000');
  expect(() => versionOf('yesterday')).toThrow('expected seconds');
});

test('related records, references and lists become columns of their own', () => {
  const flat = flatRecord({
    'line.': { id: 4, move_origin: 'account.invoice,29' },
    'group.': null,
    owners: [9, 10],
    amount: { __class__: 'Decimal', decimal: '1.50' },
  });
  expect(Object.fromEntries(flat)).toEqual({
    'line.id': '4',
    'line.move_origin': 'account.invoice,29',
    'line.move_origin.id': '29',
    owners: '[9,10]',
    'owners.first': '9',
    amount: '1.50',
  });
});

const command = {
  decision_id: '01900000-0000-7000-8000-000000000001',
  action: 'hold',
  payment_request_id: '1',
  expected_status: 'in_approval',
  expected_version: 1,
  reason_code: 'duplicate',
  note: '',
  decided_by: 'Mei',
  decided_at: '2026-03-01T00:00:00.000Z',
} as const;

async function fetchWith(parsed: TrytonSettings, open: Record<string, string>[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'quittance-erp-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  if (tryton.fetch === undefined) throw new Error('the connector reads a live source');
  return tryton.fetch({
    settings: parsed,
    folder,
    since: '2026-03-01T00:00:00.000Z',
    openRequests: () => Promise.resolve(open),
    signal: AbortSignal.timeout(10_000),
  });
}

/** A server that gives each method a result, or a number as its HTTP status from 400 on. */
async function answering(result: (method: string) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const answer = result((JSON.parse(body) as { method: string }).method);
      if (typeof answer === 'number' && answer >= 400) response.writeHead(answer).end();
      else response.end(JSON.stringify({ id: 1, result: answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
