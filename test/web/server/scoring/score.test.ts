import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '#analytics/table.ts';
import { setApplication, type Application } from '../../../../web/src/lib/server/application.ts';
import { AnswerLog } from '../../../../web/src/lib/server/scoring/answer-log.ts';
import { answerRequest, bodyLimit } from '../../../../web/src/lib/server/scoring/answer-request.ts';
import { description } from '../../../../web/src/lib/server/scoring/description.ts';
import { readScoreBody } from '../../../../web/src/lib/server/scoring/score-body.ts';
import { verifyAudit } from '../../../../web/src/lib/server/state/audit.ts';
import type { State } from '../../../../web/src/lib/server/state/database.ts';
import {
  listTokens,
  makeToken,
  revokeToken,
  tokenOf,
} from '../../../../web/src/lib/server/state/machine-tokens.ts';
import { openDemoWarehouse, type DemoWarehouse } from '../../../demo-warehouse.ts';
import { freshState } from '../fresh-state.ts';

let demo: DemoWarehouse;
/** A payment of a vendor that has been paid often. */
let usual: Record<string, unknown>;
let company: { key: string; other: string };
let addresses = 0;

beforeAll(async () => {
  demo = await openDemoWarehouse();
  const [row] = await demo.warehouse.rows(
    `select company.company_id, company.company_key::varchar as company_key, vendor.vendor_id,
       employee.employee_id, flow.amount::varchar as amount, flow.currency, flow.category,
       (select company_key::varchar from company as other where other.company_key <> company.company_key limit 1) as other_key
     from payment_flow as flow
     join company using (company_key)
     join vendor using (vendor_key)
     join employee on employee.employee_key = flow.requested_by_key
     where flow.urgent is not true and not coalesce(vendor.one_time, false)
       and flow.currency = 'EUR' and flow.amount < 900
     qualify count(*) over (partition by flow.vendor_key) >= 8
     order by flow.payment_request_key limit 1`,
  );
  const text = (name: string): string => String((row as Row)[name]);
  company = { key: text('company_key'), other: text('other_key') };
  usual = {
    payment_request_id: 'PR-NEW-1',
    company_id: text('company_id'),
    vendor_id: text('vendor_id'),
    requested_by_id: text('employee_id'),
    amount: text('amount'),
    currency: 'EUR',
    account: 'XX00 TEST 0001',
    invoice: {
      invoice_number: 'NEW-2026-77431',
      invoiced_on: demo.warehouse.asOf.slice(0, 10),
      category: text('category'),
    },
  };
}, 300_000);
afterAll(() => demo.close());
afterEach(() => setApplication(undefined));

async function opened(): Promise<{ state: State; token: string; token_id: string }> {
  const state = await freshState();
  setApplication({
    state,
    warehouse: demo.warehouse,
    dataFolder: demo.dataFolder,
  } as unknown as Application);
  const { text, token_id } = await makeToken(state, {
    name: 'gateway',
    company_keys: null,
    actor: 'system:test',
  });
  addresses += 1;
  return { state, token: text, token_id };
}

async function ask(
  token: string,
  body: unknown,
  given: { key?: string | null; query?: string } = {},
) {
  const { key = 'key-1', query = '' } = given;
  const response = await answerRequest(
    new Request(`http://127.0.0.1/api/v1/score${query}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(key === null ? {} : { 'idempotency-key': key }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
    `10.0.0.${addresses}`,
  );
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    repeated: response.headers.get('idempotent-replayed') === 'true',
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('POST /api/v1/score', { timeout: 60_000 }, () => {
  test('suggests, names versions and what was not asked, and stores the answer before giving it', async () => {
    const { state, token } = await opened();
    const { status, body } = await ask(token, usual);
    expect(status).toBe(200);
    expect(body).toMatchObject({ suggestion: 'release', score: 0, reasons: [], stored: true });
    expect(body['asked']).toContain('duplicate_invoice_exact');
    expect(body['not_asked']).toContainEqual({ detector: 'self_approval', because: 'approvals' });
    expect(body['not_asked']).toContainEqual({ detector: 'rubber_stamp', because: 'not_single' });
    expect(body['versions']).toMatchObject({
      model: expect.stringMatching(/^[0-9a-f]{12}$/) as unknown,
    });
    const rows = await state.query<{ suggestion: string; answer: unknown }>(
      'select suggestion, answer from score_answer',
    );
    expect(rows).toEqual([{ suggestion: 'release', answer: body }]);
    expect(JSON.stringify(rows)).not.toContain('TEST0001');
  });

  test('holds what looks wrong, with at most three reasons in words', async () => {
    const { token } = await opened();
    const { body } = await ask(token, {
      ...usual,
      approvals: [{ employee_id: usual['requested_by_id'], approved_at: '2026-01-01T10:00:00Z' }],
      amount: '99000.00',
    });
    expect(body['suggestion']).not.toBe('release');
    const reasons = body['reasons'] as { text: string }[];
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.length).toBeLessThanOrEqual(3);
    for (const { text } of reasons) expect(text).toMatch(/\w+ \w+/);
  });

  test('gives the same answer to the same key, and 409 to another body', async () => {
    const { state, token } = await opened();
    const first = await ask(token, usual);
    const again = await ask(token, usual);
    expect(again.body).toEqual(first.body);
    expect([first.repeated, again.repeated]).toEqual([false, true]);
    const other = await ask(token, { ...usual, amount: '1.00' });
    expect(other).toMatchObject({
      status: 409,
      type: 'application/problem+json',
      body: { suggestion: 'review' },
    });
    const many = await Promise.all(
      Array.from({ length: 40 }, (_, index) => ask(token, usual, { key: `many-${index % 4}` })),
    );
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]));
    const [counted] = await state.query<{ count: number }>('select count(*) from score_answer');
    expect(counted?.count).toBe(5);
  });

  test('answers without storing when asked to', async () => {
    const { state, token } = await opened();
    const { status, body } = await ask(token, usual, { key: null, query: '?store=no' });
    expect([status, body['stored']]).toEqual([200, false]);
    expect(await state.query('select 1 from score_answer')).toEqual([]);
    expect((await ask(token, usual, { key: null })).status).toBe(400);
  });

  test.each([
    [{ vendor_id: 'NOBODY' }, ['vendor']],
    [{ currency: 'XAF' }, ['exchange_rate']],
    [{ account: undefined }, ['account']],
    [{ invoice: undefined }, ['invoice_number']],
  ])('suggests review for %o', async (change, unknowns) => {
    const { token } = await opened();
    const { status, body } = await ask(token, { ...usual, ...change });
    expect([status, body['suggestion']]).toEqual([200, 'review']);
    expect(body['unknowns']).toEqual(expect.arrayContaining(unknowns));
  });

  test.each([
    [{ amount: '0' }, 'amount'],
    [{ amount: '0.0000' }, 'amount'],
    [{ amount: '-5.00' }, 'amount'],
    [{ amount: 12.5 }, 'amount'],
    [{ amount: 'NaN' }, 'amount'],
    [{ amount: '1e5' }, 'amount'],
    [{ amount: '123456789012.00' }, 'amount'],
    [{ currency: 'ZZZ' }, 'currency'],
    [{ vendor_id: '' }, 'vendor_id'],
    [{ vendor_id: undefined }, 'vendor_id'],
    [{ company_id: 'NOBODY' }, 'company_id'],
    [{ requested_at: '2026-02-30' }, 'requested_at'],
    [{ requested_at: '2999-01-01T00:00:00Z' }, 'requested_at'],
    [{ surprise: 1 }, 'surprise'],
    [{ invoice: { amount: -1 } }, 'invoice.amount'],
  ])('refuses %o and names the field', async (change, field) => {
    const { state, token } = await opened();
    const { status, type, body } = await ask(token, { ...usual, ...change });
    expect([status, type, body['suggestion']]).toEqual([422, 'application/problem+json', 'review']);
    expect((body['errors'] as { field: string }[]).map((one) => one.field)).toContain(field);
    expect(await state.query('select 1 from score_answer')).toEqual([]);
  });

  test('refuses what is no JSON, too large, or for another company', async () => {
    const { state, token } = await opened();
    expect((await ask(token, '{"amount": NaN}')).status).toBe(422);
    expect((await ask(token, '[]')).status).toBe(422);
    expect((await ask(token, 'x'.repeat(bodyLimit + 1))).status).toBe(413);
    const scoped = await makeToken(state, {
      name: 'other',
      company_keys: [company.other],
      actor: 'system:test',
    });
    expect((await ask(scoped.text, usual)).status).toBe(403);
  });

  test('never releases when the database does not answer', async () => {
    const { state, token } = await opened();
    await ask(token, usual);
    // The connection breaks between the right token and its answer.
    const breaking: State = {
      ...state,
      query: (text, values) =>
        text.includes('insert into score_answer')
          ? Promise.reject(new Error('connection terminated'))
          : state.query(text, values),
    };
    setApplication({
      state: breaking,
      warehouse: demo.warehouse,
      dataFolder: demo.dataFolder,
    } as unknown as Application);
    const { status, body } = await ask(token, usual, { key: 'key-2' });
    expect([status, body['suggestion']]).toEqual([503, 'review']);
  });
});

test('describes every field it takes, and no other', () => {
  const { schema } =
    description.paths['/api/v1/score'].post.requestBody.content['application/json'];
  // Values that are of no type a field could have.
  const all = Object.fromEntries(Object.keys(schema.properties).map((name) => [name, null]));
  const problems = readScoreBody(JSON.stringify(all));
  expect(problems).not.toContainEqual(expect.objectContaining({ problem: 'is not a known field' }));
  expect(readScoreBody('{"surprise": 1}')).toContainEqual({
    field: 'surprise',
    problem: 'is not a known field',
  });
});

describe('a machine token', () => {
  test('is kept as a hash, audited, and refused once revoked', async () => {
    const { state, token, token_id } = await opened();
    const [row] = await state.query<Record<string, unknown>>('select * from machine_token');
    expect(JSON.stringify(row)).not.toContain(token.split('_')[2]);
    expect(await tokenOf(state, token)).toMatchObject({ name: 'gateway', company_keys: null });
    expect(await revokeToken(state, token_id, 'system:test')).toBe(true);
    expect(await revokeToken(state, token_id, 'system:test')).toBe(false);
    expect(await tokenOf(state, token)).toBeNull();
    expect((await listTokens(state))[0]?.revoked_at).not.toBeNull();
    const actions = await state.query<{ action: string }>(
      `select action from audit_log where action like 'machine_token.%' order by id`,
    );
    expect(actions.map(({ action }) => action)).toEqual([
      'machine_token.made',
      'machine_token.revoked',
    ]);
    expect(await verifyAudit(state)).toMatchObject({ intact: true });
  });

  test('that is wrong gets 401, and 429 when there were many, while right ones go on', async () => {
    const { token } = await opened();
    expect((await ask(token, usual)).status).toBe(200);
    const wrong = `${token.slice(0, -4)}AAAA`;
    expect(await ask(wrong, usual)).toMatchObject({ status: 401, body: { suggestion: 'review' } });
    for (const text of ['', 'nonsense', 'qt_000000000000_x'])
      expect((await ask(text, usual)).status).toBe(401);
    for (let tries = 0; tries < 20; tries += 1) await ask(wrong, usual);
    expect((await ask(wrong, usual)).status).toBe(429);
    expect((await ask(token, usual)).status).toBe(200);
  });
});

test('answers that wait together are stored by one statement', async () => {
  const { state, token_id } = await opened();
  let statements = 0;
  const log = new AnswerLog({
    query: (text, values) => {
      statements += 1;
      return state.query(text, values);
    },
  });
  const stored = await Promise.all(
    Array.from({ length: 150 }, (_, index) =>
      log.store({
        token_id,
        idempotency_key: `k${index}`,
        body_hash: 'h',
        payment_request_key: company.key,
        company_key: company.key,
        suggestion: 'review',
        answer: '{}',
      }),
    ),
  );
  expect(stored.every(({ repeated }) => !repeated)).toBe(true);
  expect(statements).toBeLessThanOrEqual(3);
});
