import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { referenceErp } from '../../../ingest/connectors/reference-erp/connector.ts';
import { faultOf, readFaultPlan } from '../../../web/reference-erp/faults.ts';
import { startErp, token, type TestErp } from './start-erp.ts';

describe('reference ERP', () => {
  test('names itself a stand-in', async () => {
    const erp = await started(['PR-1']);
    const body: unknown = await (await fetch(`${erp.settings.url}/health`)).json();
    expect(body).toMatchObject({ name: expect.stringContaining('stand-in'), requests: 1 });
  });

  test('refuses who has no token', async () => {
    const erp = await started(['PR-1']);
    for (const authorization of ['', 'Bearer x', `Basic ${token}`]) {
      const response = await fetch(`${erp.settings.url}/requests`, { headers: { authorization } });
      expect(response.status).toBe(401);
    }
  });

  test('applies a decision once, however often it comes, also after a crash', async () => {
    const erp = await started(['PR-1']);
    const order = decision('PR-1', 'hold');
    const first = await post(erp, order);
    expect(first).toEqual({
      status: 200,
      body: {
        decision_id: order.decision_id,
        outcome: 'accepted',
        status: 'held',
        status_version: 4,
      },
    });
    expect(await post(erp, order)).toEqual(first);
    const again = await erp.restart();
    onTestFinished(again.stop);
    expect(await post(again, order)).toEqual(first);
    expect(await again.versions()).toEqual(new Map([['PR-1', 4]]));
  });

  test('refuses a decision about a state that has passed, and says how it is now', async () => {
    const erp = await started(['PR-1']);
    await post(erp, decision('PR-1', 'hold'));
    const late = await post(erp, decision('PR-1', 'release'));
    expect(late).toMatchObject({
      status: 409,
      body: { outcome: 'conflict', status: 'held', status_version: 4 },
    });
  });

  test('takes no decision about what is not in its queue, or closed', async () => {
    const erp = await started(['PR-1']);
    expect(await post(erp, decision('PR-OLD', 'hold'))).toMatchObject({ status: 404 });
    await post(erp, decision('PR-1', 'reject'));
    const closed = {
      ...decision('PR-1', 'release'),
      expected_status: 'rejected',
      expected_version: 4,
    };
    expect(await post(erp, closed)).toMatchObject({ status: 422, body: { outcome: 'closed' } });
  });

  test.each([
    ['no JSON', 'x'],
    ['an action it does not know', { action: 'pay' }],
    ['an id that is none', { decision_id: '1' }],
    ['a version that is none', { expected_version: '3' }],
  ])('refuses %s', async (_, wrong) => {
    const erp = await started(['PR-1']);
    const body = typeof wrong === 'string' ? wrong : { ...decision('PR-1', 'hold'), ...wrong };
    expect(await post(erp, body)).toMatchObject({ status: 400 });
  });

  test('gives the changed requests and the decisions in the layout of its first export', async () => {
    const erp = await started(['PR-1', 'PR-2']);
    const all = await extract(erp);
    expect(all.files['payment_requests.csv']?.split('\n')).toHaveLength(4);
    expect(all.files['payment_requests.csv']).toContain('"a, ""quoted"" text"');
    expect(all.files['approval_log.csv']).toBeUndefined();
    await post(erp, decision('PR-2', 'hold'));
    const changed = await extract(erp, all.extracted_at);
    expect(changed.files['payment_requests.csv']?.split('\n').slice(1, -1)).toEqual([
      expect.stringMatching(/^PR-2,D-PR-2,1000,EUR,1000\.00,Held,2026-11-19T13:12:\d\dZ,4,/),
    ]);
    expect(changed.files['approval_log.csv']).toContain(
      'PR-2-4,PR-2,D-PR-2,1000,4,Held for review,blocked,',
    );
    const nothing = await extract(erp, '2026-11-20T00:00:00Z');
    expect(nothing.files).toEqual({});
  });
});

describe('faults', () => {
  test('come again for the same seed, about as often as asked', () => {
    const plan = readFaultPlan('seed=7,fail=0.2,drop=0.1');
    const drawn = Array.from({ length: 2_000 }, (_, n) => faultOf(plan, n));
    expect(drawn).toEqual(Array.from({ length: 2_000 }, (_, n) => faultOf(plan, n)));
    const share = (fault: string) => drawn.filter((one) => one === fault).length / drawn.length;
    expect(share('fail')).toBeCloseTo(0.2, 1);
    expect(share('drop')).toBeCloseTo(0.1, 1);
    expect(share('slow')).toBe(0);
  });

  test('that do not exist are named', () => {
    expect(() => readFaultPlan('explode=1')).toThrow('explode=1');
  });
});

async function started(requests: readonly string[]): Promise<TestErp> {
  const erp = await startErp({ requests });
  onTestFinished(erp.stop);
  return erp;
}

function decision(request: string, action: string) {
  return {
    decision_id: randomUUID(),
    action,
    payment_request_id: request,
    expected_status: 'in_approval',
    expected_version: 3,
    reason_code: 'duplicate',
    note: 'seen twice',
    decided_by: 'Mei Tanaka',
    decided_at: '2026-11-19T13:12:00.000Z',
  };
}

async function post(erp: TestErp, body: unknown) {
  const response = await fetch(`${erp.settings.url}/decisions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

async function extract(erp: TestErp, since?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'quittance-extract-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (referenceErp.fetch === undefined) throw new Error('the reference ERP is a live source');
  const fetched = await referenceErp.fetch({
    settings: erp.settings,
    folder,
    ...(since === undefined ? {} : { since }),
    signal: AbortSignal.timeout(10_000),
  });
  const files: Record<string, string> = {};
  for (const path of fetched.paths)
    files[path.slice(folder.length + 1)] = await readFile(path, 'utf8');
  return { files, extracted_at: fetched.extracted_at };
}
