import { afterEach, beforeEach, expect, test } from 'vitest';
import { detectorNamed } from '#analytics/detectors/detectors.ts';
import { key, SmallWarehouse, type CellsByColumn } from './small-warehouse.ts';

let warehouse: SmallWarehouse;
beforeEach(async () => {
  warehouse = await SmallWarehouse.open();
});
afterEach(() => warehouse.close());

function request(name: string, cells: CellsByColumn = {}): CellsByColumn {
  return {
    payment_request_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    requested_by_key: key('Rita'),
    requested_at: '2026-03-02 10:00:00',
    status: 'approved',
    status_at: '2026-03-03 10:00:00',
    currency: 'EUR',
    amount: '4000.00',
    ...cells,
  };
}

function step(of: string, action: string, occurred_at: string, cells: CellsByColumn = {}) {
  return {
    event_key: key(`${action}${occurred_at.slice(5, 10)}${of}`),
    payment_request_key: key(of),
    action,
    actor_key: key('Emil'),
    occurred_at,
    ...cells,
  };
}

async function found(detector: string): Promise<unknown[]> {
  const rows = await warehouse.find(detectorNamed(detector));
  return rows.map((row) => row['subject_key']).sort();
}

test('flags what stands as approved without an approval, or after the last one was withdrawn', async () => {
  await warehouse.insert('payment_flow', [
    request('forced'),
    request('withdrawn'),
    request('proper'),
    request('again'),
    request('waiting', { status: 'in_approval' }),
    request('unrecorded'),
  ]);
  await warehouse.insert('approval_step', [
    ...['forced', 'withdrawn', 'proper', 'again', 'waiting'].map((of) =>
      step(of, 'submitted', '2026-03-02 10:00:00'),
    ),
    step('withdrawn', 'approved', '2026-03-02 12:00:00'),
    step('withdrawn', 'returned', '2026-03-02 13:00:00'),
    step('proper', 'approved', '2026-03-03 10:00:00'),
    step('again', 'approved', '2026-03-02 12:00:00'),
    step('again', 'returned', '2026-03-02 13:00:00'),
    step('again', 'auto_approved', '2026-03-03 09:00:00'),
  ]);
  expect(await found('approved_without_approval')).toEqual(
    [key('forced'), key('withdrawn')].sort(),
  );
});

test('flags an amount changed after its approval, not one that was approved again or went back', async () => {
  await warehouse.insert('payment_flow', [
    request('altered'),
    request('approved again'),
    request('went back', { status: 'in_approval' }),
    request('before'),
  ]);
  const changed = { amount: '4000.00', currency: 'EUR', actor_key: key('Rita') };
  await warehouse.insert('approval_step', [
    step('altered', 'approved', '2026-03-03 10:00:00'),
    step('altered', 'changed', '2026-03-04 10:00:00', changed),
    step('approved again', 'approved', '2026-03-03 10:00:00'),
    step('approved again', 'changed', '2026-03-04 10:00:00', changed),
    step('approved again', 'approved', '2026-03-05 10:00:00'),
    step('went back', 'approved', '2026-03-03 10:00:00'),
    step('went back', 'changed', '2026-03-04 10:00:00', changed),
    step('before', 'changed', '2026-03-02 11:00:00', changed),
    step('before', 'approved', '2026-03-03 10:00:00'),
  ]);
  expect(await found('changed_after_approval')).toEqual([key('altered')]);
});

test('flags an account that was replaced between request and payment', async () => {
  await warehouse.insert('payment_flow', [
    request('waits'),
    request('paid before', { executed_at: '2026-03-05 10:00:00', status: 'paid' }),
    request('asked after', { requested_at: '2026-03-11 10:00:00' }),
    request('rejected', { status: 'rejected' }),
    request('confirmed', { vendor_key: key('Careful') }),
  ]);
  const account = { account_token: 'new', valid_from: '2026-03-10 10:00:00', position: 2 };
  await warehouse.insert('vendor_account', [
    { vendor_key: key('Acme'), account_token: 'old', valid_from: '2025-01-01', position: 1 },
    { vendor_key: key('Acme'), ...account },
    { vendor_key: key('Careful'), ...account, verified_at: '2026-03-10 12:00:00' },
  ]);
  expect(await found('account_changed_while_waiting')).toEqual([key('waits')]);
});
