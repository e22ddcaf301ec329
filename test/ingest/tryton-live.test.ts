/** The whole loop against a real ERP: reads its queue, finds what was planted, decides, looks there. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Action } from '../../web/src/lib/decisions.ts';
import type { Person } from '../../web/src/lib/server/auth/person.ts';
import { pull } from '../../web/src/lib/server/jobs/pull.ts';
import {
  bringUp,
  call,
  down,
  expected,
  openLine,
  payment,
  paymentsWhere,
  up,
  type Line,
} from './tryton-bench.ts';
import {
  again,
  clicksOn,
  decided,
  flagged,
  lastRun,
  money,
  started,
  statusesOf,
  traced,
  variableOf,
} from './tryton-loop.ts';

const asked = process.env['QUITTANCE_LIVE_ERP'] === 'yes';
const problem = asked ? await bringUp() : 'it was not asked for: npm run test:tryton';
if (asked && problem !== null) console.log(`The live ERP is not tested, because ${problem}`);

const secrets = ['quittance-bench', 'manager-bench', 'approver-bench', 'clerk-bench'];
let line: Line;

describe.skipIf(problem !== null)('a live ERP', () => {
  beforeAll(() => {
    for (const secret of secrets) process.env[variableOf(secret)] = secret;
  });
  afterAll(async () => {
    await up('--reset');
  }, 120_000);
  beforeEach(async () => {
    line = await openLine();
    onTestFinished(() => line.close());
  });

  test('its planted cases are found, its payments add up', { timeout: 60_000 }, async () => {
    const { application, warehouse } = await started(line);
    await pull(application);
    const { planted, payments, payment_total, vendors } = expected();
    const statuses = {
      in_approval: payments['draft'],
      approved: payments['approved'],
      released: payments['processing'],
      paid: payments['succeeded'],
      cancelled: payments['failed'],
    };
    const counted = await warehouse.rows(
      'select status, count(*)::integer as n from payment_request group by status',
    );
    expect(Object.fromEntries(counted.map(({ status, n }) => [status, n]))).toEqual(statuses);
    expect(
      await warehouse.rows(
        `select (select sum(amount) from payment_request)::decimal(18, 2)::varchar as total,
           (select count(*) from vendor)::integer as vendors, (select count(*) from rejected)::integer as rejected`,
      ),
    ).toEqual([{ total: payment_total, vendors, rejected: 0 }]);

    expect(await flagged(warehouse, 'self_approval')).toEqual(
      planted.created_and_approved_by_same_user,
    );
    expect(await flagged(warehouse, 'duplicate_invoice_exact')).toEqual(
      planted.duplicate_invoices.map((of) => of.payment),
    );
    expect(await flagged(warehouse, 'account_changed_while_waiting')).toEqual(
      expect.arrayContaining(planted.iban_changed.map((of) => of.payment)),
    );
    expect(await traced(warehouse, `action = 'returned'`)).toEqual(planted.sent_back_to_draft);
    expect(
      await traced(warehouse, `status = 'in_approval' and action = 'approved' and amount >= 5000`),
    ).toEqual(planted.waiting_for_second_approval);
    expect(await traced(warehouse, `status = 'cancelled' and action = 'settled'`)).toEqual(
      planted.succeeded_then_failed,
    );
  });

  test(
    'decisions of different people arrive, and what the ERP lets pass is seen',
    { timeout: 120_000 },
    async () => {
      const { application, state, warehouse, mona, adam, clara, mei } = await started(line);
      await pull(application);
      const drafts = await paymentsWhere(['state', '=', 'draft'], ['amount', '<', money('5000')]);
      const approved = await paymentsWhere(
        ['state', '=', 'approved'],
        ['amount', '<', money('5000')],
      );
      const [large = 0, larger = 0] = expected().planted.waiting_for_second_approval;
      const [released = 0, held = 0, rejected = 0, edited = 0, forced = 0] = drafts;
      const [heldLate = 0, referred = 0, rejectedLate = 0, altered = 0] = approved;
      const [underWay = 0] = await paymentsWhere(['state', '=', 'processing']);
      const [paid = 0] = await paymentsWhere(['state', '=', 'succeeded']);
      const decideAs = (person: Person, id: number, action: Action) =>
        decided(application, { person, id, action });

      expect(await decideAs(mei, released, 'release')).toMatchObject({
        state: 'accepted',
        erp_status: 'approved',
      });
      expect(await payment(released, 'approved_by.rec_name')).toMatchObject({
        state: 'approved',
        'approved_by.': { rec_name: 'Quittance Service' },
      });
      // The first of two approvals is Mona's already; she cannot be the second.
      expect(await decideAs(mona, large, 'release')).toMatchObject({
        state: 'needs_person',
        last_error: expect.stringContaining('a second person'),
      });
      expect(await payment(large)).toMatchObject({ state: 'draft' });
      expect(await decideAs(adam, large, 'release')).toMatchObject({
        state: 'accepted',
        awaits: null,
      });
      expect(await payment(large, 'approved_by.rec_name')).toMatchObject({
        state: 'approved',
        'approved_by.': { rec_name: 'Adam Approver' },
      });
      expect(await decideAs(clara, larger, 'release')).toMatchObject({
        state: 'refused',
        last_error: expect.stringContaining('not allowed'),
      });
      // A first approval alone leaves a large payment half approved.
      await call('manager', 'model.account.payment.draft', [large], {});
      await pull(application);
      expect(await decideAs(adam, large, 'release')).toMatchObject({
        state: 'accepted',
        erp_status: 'in_approval',
        awaits: 'second_approval',
      });
      expect(await payment(large)).toMatchObject({ state: 'draft' });

      expect(await decideAs(mei, held, 'hold')).toMatchObject({
        state: 'accepted',
        erp_status: 'held',
      });
      expect(await payment(held)).toMatchObject({ state: 'draft' });
      expect(await decideAs(mei, heldLate, 'hold')).toMatchObject({
        state: 'accepted',
        erp_status: 'held',
      });
      expect(await payment(heldLate, 'approved_by')).toMatchObject({
        state: 'draft',
        approved_by: null,
      });
      expect(await decideAs(mei, referred, 'refer')).toMatchObject({
        state: 'accepted',
        erp_status: 'referred',
      });
      expect(await decideAs(mei, rejected, 'reject')).toMatchObject({
        state: 'accepted',
        erp_status: 'rejected',
      });
      expect(await payment(rejected)).toBeUndefined();
      expect(await decideAs(mei, rejectedLate, 'reject')).toMatchObject({
        state: 'accepted',
        erp_status: 'rejected',
      });
      expect(await payment(rejectedLate)).toBeUndefined();
      expect(await decideAs(mei, underWay, 'hold')).toMatchObject({
        state: 'needs_person',
        last_error: expect.stringContaining('payment run'),
      });
      expect(await payment(underWay)).toMatchObject({ state: 'processing' });
      expect(await decideAs(mei, paid, 'reject')).toMatchObject({
        state: 'refused',
        last_error: expect.stringContaining('paid already'),
      });

      // What people do past the buttons.
      await call(
        'clerk',
        'model.account.payment.write',
        [edited],
        { amount: money('4999.00') },
        {},
      );
      await call('clerk', 'model.account.payment.write', [forced], { state: 'approved' }, {});
      await call(
        'clerk',
        'model.account.payment.write',
        [altered],
        { amount: money('4321.09') },
        {},
      );
      expect(await decideAs(mei, edited, 'release')).toMatchObject({
        state: 'refused',
        last_error: expect.stringContaining('changed in the ERP by clerk'),
      });
      expect(await payment(edited)).toMatchObject({ state: 'draft' });
      await pull(application);
      expect(await flagged(warehouse, 'approved_without_approval')).toEqual([forced]);
      expect(await flagged(warehouse, 'changed_after_approval')).toEqual([altered]);
      expect(
        await statusesOf(warehouse, [released, held, heldLate, referred, rejected, rejectedLate]),
      ).toEqual(['approved', 'held', 'held', 'referred', 'cancelled', 'cancelled']);
      const runs = await state.query<{ state: string; error: string | null }>(
        'select state, error from source_run order by id',
      );
      expect(runs).toEqual(runs.map(() => ({ state: 'done', error: null })));
    },
  );

  test(
    'nothing is lost or done twice while the ERP is slow, silent, stopped and restarted',
    { timeout: 180_000 },
    async () => {
      await up('--reset');
      const { application, state, mei } = await started(line);
      await pull(application);
      const [first = 0, second = 0, third = 0] = await paymentsWhere(
        ['state', '=', 'draft'],
        ['amount', '<', money('5000')],
      );
      const [late = 0] = await paymentsWhere(['state', '=', 'approved']);
      line.delay_ms = 150;
      line.staleSession = true;
      expect(await decided(application, { person: mei, id: first, action: 'hold' })).toMatchObject({
        state: 'accepted',
        erp_status: 'held',
      });
      line.delay_ms = 0;

      line.loseAnswerTo = 'payment.approve';
      const lost = await decided(application, { person: mei, id: second, action: 'release' });
      expect(lost).toMatchObject({ state: 'retrying', attempts: 1 });
      expect(await payment(second)).toMatchObject({ state: 'approved' });
      expect(await again(application, lost.decision_id)).toMatchObject({
        state: 'accepted',
        attempts: 2,
      });
      expect(await clicksOn(second)).toBe(1);

      // Sent back to draft, then silence: the second half follows with the next attempt.
      line.loseAnswerTo = 'payment.draft';
      const half = await decided(application, { person: mei, id: late, action: 'reject' });
      expect(half).toMatchObject({ state: 'retrying' });
      expect(await again(application, half.decision_id)).toMatchObject({
        state: 'accepted',
        erp_status: 'rejected',
      });
      expect(await payment(late)).toBeUndefined();

      await down();
      const silent = await decided(application, { person: mei, id: third, action: 'release' });
      expect(silent).toMatchObject({ state: 'retrying' });
      await pull(application);
      expect(await lastRun(state)).toMatchObject({ state: 'failed' });
      await up();
      expect(await again(application, silent.decision_id)).toMatchObject({
        state: 'accepted',
        erp_status: 'approved',
      });
      expect(await payment(third)).toMatchObject({ state: 'approved' });
      await pull(application);
      expect(await lastRun(state)).toMatchObject({ state: 'done', error: null });
    },
  );

  test('a wrong password is shown once and then left alone', async () => {
    process.env[variableOf('wrong')] = `wrong-${randomUUID()}`;
    const { application, state, mei } = await started(line, { password_env: variableOf('wrong') });
    await pull(application);
    expect(await lastRun(state)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('quittance was refused'),
    });
    const { calls } = line;
    await pull(application);
    expect(await decided(application, { person: mei, id: 1, action: 'hold' })).toMatchObject({
      state: 'needs_person',
    });
    expect(line.calls).toBe(calls);
    expect(JSON.stringify(await state.query('select error from source_run'))).not.toContain(
      'wrong-',
    );
  });
});
