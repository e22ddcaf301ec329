import { afterEach, beforeEach, expect, test } from 'vitest';
import { paymentRuns } from '#analytics/kpis/runs.ts';
import { key, SmallMarts } from '../small-marts.ts';

const asOf = '2026-11-19T12:00:00.000Z';
let marts: SmallMarts;
beforeEach(async () => {
  marts = await SmallMarts.open();
});
afterEach(() => marts.close());

const payment = (
  name: string,
  executed_at: string,
  rest: Record<string, string | boolean> = {},
) => ({
  payment_key: key(name),
  company_key: key('north'),
  amount_base: '100.0000',
  executed_at,
  executed_on: executed_at.slice(0, 10),
  in_run: true,
  ...rest,
});
const request = (name: string, scheduled_on: string, rest: Record<string, string | null> = {}) => ({
  payment_request_key: key(name),
  company_key: key('north'),
  requested_at: '2026-11-10T09:00:00',
  status: 'approved',
  amount_base: '50.2500',
  scheduled_on,
  ...rest,
});

test('runs that left, runs to come and what is at risk in them', async () => {
  await marts.insert('payment_fact', [
    payment('p1', '2026-11-12T16:00:00'),
    payment('p2', '2026-11-12T16:00:05'),
    payment('p3', '2026-11-16T16:00:00', { company_key: key('south') }),
    payment('returned', '2026-11-16T16:00:00', { status: 'returned' }),
    payment('single', '2026-11-17T08:00:00', { in_run: false }),
  ]);
  await marts.insert('payment_flow', [
    request('r1', '2026-11-19'),
    request('r2', '2026-11-19', { status: 'held' }),
    request('r3', '2026-11-23', { status: 'in_approval', amount_base: null }),
    request('late', '2026-11-16'),
    request('gone', '2026-11-19', { status: 'paid' }),
  ]);
  await marts.insert('finding', [
    finding('f1', 'r2', '40.0000'),
    finding('f2', 'r2', '45.0000'),
    { ...finding('f3', 'r1', '9.0000'), kind: 'saving' },
  ]);
  await marts.derive('kpi_');

  const runs = await paymentRuns(marts.warehouse, { company_keys: null, asOf });
  expect(runs.past).toEqual([
    { run_on: '2026-11-12', payments: 2, amount_base: '200.0000' },
    { run_on: '2026-11-16', payments: 1, amount_base: '100.0000' },
  ]);
  expect(runs.upcoming).toMatchObject([
    {
      run_on: '2026-11-19',
      requests: 2,
      amount_base: '100.5000',
      approved_amount_base: '50.2500',
      in_approval_amount_base: null,
      stopped_amount_base: '50.2500',
      risk_requests: 1,
      risk_amount_base: '45.0000',
    },
    { run_on: '2026-11-23', requests: 1, amount_base: null, risk_requests: 0 },
  ]);
  expect(runs.overdue).toMatchObject({ requests: 1, amount_base: '50.2500' });
  expect(runs.next_run_at).toBe('2026-11-19T16:00:03.000Z');

  const south = await paymentRuns(marts.warehouse, { company_keys: [key('south')], asOf });
  expect(south).toMatchObject({ past: [{ run_on: '2026-11-16' }], upcoming: [], overdue: null });
  const nobody = await paymentRuns(marts.warehouse, { company_keys: [], asOf });
  expect(nobody).toEqual({ past: [], upcoming: [], overdue: null, next_run_at: null });
});

test('a run of today that is over is not the next one', async () => {
  await marts.insert('payment_fact', [payment('p1', '2026-11-16T10:00:00')]);
  await marts.insert('payment_flow', [request('r1', '2026-11-19'), request('r2', '2026-11-23')]);
  await marts.derive('kpi_');
  const { next_run_at } = await paymentRuns(marts.warehouse, { company_keys: null, asOf });
  expect(next_run_at).toBe('2026-11-23T10:00:00.000Z');
});

test('days without a time give no time of the next run', async () => {
  await marts.insert('payment_fact', [payment('p1', '2026-11-16T00:00:00')]);
  await marts.insert('payment_flow', [request('r1', '2026-11-23')]);
  await marts.derive('kpi_');
  const { next_run_at } = await paymentRuns(marts.warehouse, { company_keys: null, asOf });
  expect(next_run_at).toBeNull();
});

const finding = (name: string, request_name: string, amount_at_stake_base: string) => ({
  finding_key: key(name),
  detector: 'unusual_amount',
  kind: 'risk',
  subject: 'payment_request',
  partition_key: 'p',
  subject_key: key(request_name),
  payment_request_key: key(request_name),
  score: 0.9,
  amount_at_stake_base,
  reasons: '[]',
  evidence_keys: '[]',
  found_as_of: '2026-11-10T09:00:00',
});
