import { describe, expect, test } from 'vitest';
import {
  applyStanding,
  type RequestNow,
} from '../../../../web/src/lib/server/jobs/apply-standing.ts';
import { answerChange } from '../../../../web/src/lib/server/state/changes.ts';
import { getCase } from '../../../../web/src/lib/server/state/cases.ts';
import type { State } from '../../../../web/src/lib/server/state/database.ts';
import {
  endStanding,
  listStanding,
  proposeStanding,
  putStandingInForce,
  type StandingDocument,
} from '../../../../web/src/lib/server/state/standing-decisions.ts';
import { randomUUID } from 'node:crypto';
import { freshState, oneCase, somebody, story } from '../fresh-state.ts';

const [finding] = story().findings;
if (finding === undefined) throw new Error('the example story has no finding');
const found = (detector: string, score: number) => [
  { ...finding, finding_key: randomUUID(), detector, score },
];
const facts = {
  category: null,
  vendor_class: 'known',
  requesters: [],
  vendor_editors: [],
  approvers: [],
} as const;
const slight = () => ({ story_key: randomUUID(), findings: found('rubber_stamp', 0.3), facts });
const release: StandingDocument = {
  kind: 'release',
  name: 'Small and clean',
  company_keys: [],
  amount_below: '5000',
  sample_rate: 0.02,
};
const unasked = () => Promise.reject(new Error('not asked here'));

describe('a standing release', () => {
  test('does nothing before a second person confirmed it, then names itself in the audit log', async () => {
    const { state, mei, helena } = await people();
    const number = await oneCase(state, slight());
    const asked = await proposeStanding(state, mei, {
      standing_id: null,
      document: release,
      reason: 'volume',
    });
    expect(await apply(state)).toBe(0);
    expect(await confirm(state, mei, asked)).toEqual({ outcome: 'own' });
    expect(await confirm(state, helena, asked)).toEqual({ outcome: 'confirmed' });
    const [live] = await listStanding(state);
    expect(await apply(state)).toBe(1);
    expect(await apply(state)).toBe(0);
    expect(await getCase(state, mei, number)).toMatchObject({
      state: 'decided',
      action: 'release',
      delivery: 'queued',
    });
    const [row] = await state.query(
      "select actor, after from audit_log where action = 'decision.recorded'",
    );
    expect(row).toMatchObject({
      actor: 'system:standing',
      after: {
        standing_decision: live?.standing_id,
        standing_version: 1,
        confirmed_by: [helena.user_id],
      },
    });
  });

  test.each([
    ['a higher risk', { findings: found('duplicate_invoice_exact', 0.99) }],
    ['an amount at the bound', { amount: '5000.0000', amount_base: '5000.0000' }],
    ['an amount nobody knows', { amount: null, amount_base: null }],
    ['a credit', { amount: '-10.0000', amount_base: '-10.0000' }],
    ['a new vendor', { facts: { ...facts, vendor_class: 'new' as const } }],
    ['a changed account', { facts: { ...facts, vendor_class: 'account_changed' as const } }],
    ['unknown facts', { facts: undefined }],
    ['another entity', { company_key: randomUUID() }],
    ['no request', { payment_request_id: null, payment_request_key: null }],
  ])('leaves %s to people', async (_, given) => {
    const { state } = await inForce({ ...release, company_keys: [story().company_key] });
    const { facts: stated, ...rest } = { ...slight(), ...given };
    await oneCase(state, stated === undefined ? rest : { ...rest, facts: stated });
    expect(await apply(state)).toBe(0);
    expect(await outbox(state)).toEqual([]);
  });

  test.each<[string, RequestNow | null]>([
    ['held', { status: 'held', status_version: 2 }],
    ['paid', { status: 'paid', status_version: 2 }],
    ['unknown', null],
  ])('leaves a request that is %s', async (_, request) => {
    const { state } = await inForce(release);
    await oneCase(state, slight());
    expect(await apply(state, () => Promise.resolve(request))).toBe(0);
  });

  test('rests when one of the two who approved it has left, or has another duty in the payment', async () => {
    const { state, mei } = await inForce(release);
    await oneCase(state, {
      ...slight(),
      facts: { ...facts, requesters: ['00000000-0000-4000-8000-000000000001'] },
    });
    await state.query('update app_user set employee_keys = $2 where user_id = $1', [
      mei.user_id,
      ['00000000-0000-4000-8000-000000000001'],
    ]);
    expect(await apply(state)).toBe(0);
    await oneCase(state, slight());
    await state.query('update app_user set active = false where user_id = $1', [mei.user_id]);
    expect(await apply(state)).toBe(0);
  });

  test('releases nothing on an error, and goes on with the others', async () => {
    const { state } = await inForce(release);
    await oneCase(state, slight());
    await oneCase(state, slight());
    let calls = 0;
    const failed: string[] = [];
    const requestOf = () => {
      calls += 1;
      return calls === 1
        ? Promise.reject(new Error('the warehouse is gone'))
        : Promise.resolve(open);
    };
    const options = { secret: 's', requestOf, report: (number: string) => failed.push(number) };
    expect(await applyStanding(state, options)).toBe(1);
    expect(failed).toHaveLength(1);
    expect(await outbox(state)).toHaveLength(1);
  });

  test('keeps a random part back for people, the same one each time', async () => {
    const { state } = await inForce({ ...release, sample_rate: 1 });
    const number = await oneCase(state, slight());
    expect([await apply(state), await apply(state)]).toEqual([0, 0]);
    expect(await listStanding(state)).toMatchObject([{ applied: 0, kept_back: 1 }]);
    const rows = await state.query(
      "select 1 from audit_log where action = 'standing_decision.kept_back' and subject = $1",
      [number],
    );
    expect(rows).toHaveLength(1);
  });

  test('can be ended by one person at once; one without a sample is refused', async () => {
    const { state, mei } = await inForce(release);
    const [live] = await listStanding(state);
    expect(await endStanding(state, mei, live?.standing_id ?? '')).toBe(true);
    await oneCase(state, slight());
    expect(await apply(state)).toBe(0);
    expect(
      await proposeStanding(state, mei, {
        standing_id: null,
        document: { ...release, sample_rate: 0 },
        reason: 'x',
      }),
    ).toEqual({ outcome: 'invalid', why: 'sample' });
  });
});

test('a standing hold stops what its detector found, and comes before a release', async () => {
  const { state, mei, helena } = await inForce(release);
  const hold: StandingDocument = {
    kind: 'hold',
    name: 'Rubber stamps',
    company_keys: [],
    detectors: ['rubber_stamp'],
    score_from: 0.2,
  };
  await confirm(
    state,
    helena,
    await proposeStanding(state, mei, { standing_id: null, document: hold, reason: 'x' }),
  );
  await oneCase(state, slight());
  expect(await apply(state)).toBe(1);
  expect(await outbox(state)).toEqual(['hold']);
});

const open: RequestNow = { status: 'in_approval', status_version: 1 };

async function people() {
  const state = await freshState();
  const mei = await somebody(state, { name: 'Mei' });
  const helena = await somebody(state, { name: 'Helena', roles: ['cfo'] });
  return { state, mei, helena };
}

async function inForce(document: StandingDocument) {
  const all = await people();
  await confirm(
    all.state,
    all.helena,
    await proposeStanding(all.state, all.mei, { standing_id: null, document, reason: 'x' }),
  );
  return all;
}

function confirm(state: State, by: Parameters<typeof answerChange>[1], asked: unknown) {
  const { confirmation_id } = asked as { confirmation_id: string };
  return answerChange(
    state,
    by,
    { confirmation_id, answer: 'confirm', note: '' },
    { policy: unasked, access: unasked, rule: unasked, standing_decision: putStandingInForce },
  );
}

function apply(state: State, requestOf = () => Promise.resolve<RequestNow | null>(open)) {
  return applyStanding(state, {
    secret: 's',
    requestOf,
    report: (_, cause) => {
      throw cause;
    },
  });
}

async function outbox(state: State): Promise<string[]> {
  const rows = await state.query<{ action: string }>(
    'select d.action from outbox join decision d using (decision_id) order by id',
  );
  return rows.map((row) => row.action);
}
