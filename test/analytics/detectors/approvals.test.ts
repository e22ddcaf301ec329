import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectorNamed } from '#analytics/detectors/detectors.ts';
import { key, SmallWarehouse, type CellsByColumn } from './small-warehouse.ts';

let warehouse: SmallWarehouse;
beforeEach(async () => {
  warehouse = await SmallWarehouse.open();
  await warehouse.insert('employee', [
    person('Rita'),
    person('Emil'),
    person('Tom', { approval_limit: '5000', limit_currency: 'EUR' }),
    person('Hana', { approval_limit: '100000', limit_currency: 'EUR' }),
    person('Robot', { is_service_account: true }),
  ]);
});
afterEach(() => {
  warehouse.close();
});

const landed = { source: 'erp', batch_id: 'b', source_row: 1, extracted_at: '2026-01-01' };

function person(name: string, cells: CellsByColumn = {}): CellsByColumn {
  return {
    employee_key: key(name),
    employee_id: name,
    name,
    company_key: key('Europe'),
    ...landed,
    ...cells,
  };
}

function request(name: string, cells: CellsByColumn = {}): CellsByColumn {
  return {
    payment_request_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    requested_by_key: key('Rita'),
    entered_by_key: key('Emil'),
    requested_at: '2026-03-02 10:00:00',
    currency: 'EUR',
    amount: '4000.00',
    amount_base: '4000.00',
    ...cells,
  };
}

function approval(
  trace: string,
  actor: string,
  occurred_at: string,
  cells: CellsByColumn = {},
): CellsByColumn {
  return {
    event_key: key(`${trace} ${actor} ${occurred_at.slice(-8)}`.slice(-16)),
    payment_request_key: key(trace),
    company_key: key('Europe'),
    action: 'approved',
    actor_key: key(actor),
    occurred_at,
    amount: '4000.00',
    amount_base: '4000.00',
    currency: 'EUR',
    ...cells,
  };
}

const keysOf = (found: readonly { subject_key: string }[]) =>
  found.map((row) => row.subject_key).sort();

describe('self_approval', () => {
  test('flags a request approved by its requester, less when another person had approved', async () => {
    await warehouse.insert('payment_flow', [request('own'), request('second'), request('proper')]);
    await warehouse.insert('approval_step', [
      approval('own', 'Rita', '2026-03-03 10:00:00'),
      approval('second', 'Hana', '2026-03-03 09:00:00'),
      approval('second', 'Rita', '2026-03-03 10:00:00'),
      approval('proper', 'Hana', '2026-03-03 10:00:00'),
    ]);
    const found = await warehouse.find(detectorNamed('self_approval'));
    expect(keysOf(found)).toEqual([key('own'), key('second')].sort());
    const scoreOf = (name: string) =>
      found.find((row) => row.subject_key === key(name))?.score ?? 0;
    expect(scoreOf('own')).toBeGreaterThan(scoreOf('second'));
  });

  test('leaves out service accounts and small amounts', async () => {
    await warehouse.insert('payment_flow', [
      request('robot', { requested_by_key: key('Robot') }),
      request('small', { amount: '99', amount_base: '99' }),
    ]);
    await warehouse.insert('approval_step', [
      approval('robot', 'Robot', '2026-03-03 10:00:00'),
      approval('small', 'Rita', '2026-03-03 10:00:00'),
    ]);
    expect(await warehouse.find(detectorNamed('self_approval'))).toEqual([]);
  });
});

describe('segregation_of_duties', () => {
  test('flags the approver who saved the bank account, not another one', async () => {
    const changed = {
      previous_account_token: 'A',
      account_requested_through: 'portal',
      account_known_since: '2026-02-01 10:00:00',
      account_changed_by_key: key('Hana'),
      last_approved_at: '2026-03-03 10:00:00',
    };
    await warehouse.insert('payment_flow', [
      request('same', { ...changed, approver_keys: [key('Hana')] }),
      request('apart', { ...changed, approver_keys: [key('Tom')] }),
    ]);
    const found = await warehouse.find(detectorNamed('segregation_of_duties'));
    expect(keysOf(found)).toEqual([key('same')]);
    expect(found[0]?.reasons[0]?.id).toBe('account_changer_approved');
  });

  test('flags a clerk who made the vendor and entered its invoice, not the portal', async () => {
    const vendor = (name: string, maker: string) => ({
      vendor_key: key(name),
      vendor_id: name,
      name,
      created_by_key: key(maker),
      ...landed,
    });
    await warehouse.insert('vendor', [vendor('Made', 'Emil'), vendor('Portal', 'Robot')]);
    await warehouse.insert('payment_flow', [
      request('made', { vendor_key: key('Made'), vendor_created_at: '2026-01-05 10:00:00' }),
      request('portal', {
        vendor_key: key('Portal'),
        vendor_created_at: '2026-01-05 10:00:00',
        entered_by_key: key('Robot'),
      }),
    ]);
    expect(keysOf(await warehouse.find(detectorNamed('segregation_of_duties')))).toEqual([
      key('made'),
    ]);
  });
});

describe('approval_after_payment', () => {
  test('flags money that left before the decision, and leaves out a vendor always paid first', async () => {
    const paidFirst = (name: string, vendor: string, day: string) =>
      request(name, {
        vendor_key: key(vendor),
        executed_at: `2026-03-${day} 10:00:00`,
        first_approved_at: `2026-03-${day} 18:00:00`,
      });
    await warehouse.insert('payment_flow', [
      request('before', {
        executed_at: '2026-03-01 10:00:00',
        first_approved_at: '2026-02-20 10:00:00',
      }),
      paidFirst('once', 'Acme', '02'),
      paidFirst('debit 1', 'Utility', '02'),
      paidFirst('debit 2', 'Utility', '12'),
      paidFirst('debit 3', 'Utility', '22'),
    ]);
    const found = await warehouse.find(detectorNamed('approval_after_payment'), {
      usual_rate: 0.6,
    });
    expect(keysOf(found)).toEqual([key('once'), key('debit 1')].sort());
  });

  test('counts the approval programme as an approval', async () => {
    await warehouse.insert('payment_flow', [
      request('auto', { executed_at: '2026-03-05 10:00:00' }),
    ]);
    await warehouse.insert('invoice_flow', [
      {
        invoice_key: key('invoice'),
        vendor_key: key('Acme'),
        payment_request_key: key('auto'),
        approved_at: '2026-03-02 10:01:00',
      },
    ]);
    expect(await warehouse.find(detectorNamed('approval_after_payment'))).toEqual([]);
  });
});

describe('approver_over_limit', () => {
  const large = { amount: '8000.00', amount_base: '8000.00' };

  test('flags a final approval above the limit, not one by somebody with the authority', async () => {
    await warehouse.insert('payment_flow', [request('above', large), request('within', large)]);
    await warehouse.insert('approval_step', [
      approval('above', 'Tom', '2026-03-03 10:00:00', { action: 'final_approved' }),
      approval('within', 'Hana', '2026-03-03 10:00:00', { action: 'final_approved' }),
    ]);
    expect(keysOf(await warehouse.find(detectorNamed('approver_over_limit')))).toEqual([
      key('above'),
    ]);
  });

  test('reads delegations of the day and judges no unknown limit', async () => {
    await warehouse.insert('payment_flow', [request('deputy', large), request('unknown', large)]);
    await warehouse.insert('delegation', [
      {
        delegation_key: key('lent'),
        delegation_id: 'D1',
        from_employee_key: key('Hana'),
        to_employee_key: key('Tom'),
        valid_from_on: '2026-03-01',
        valid_to_on: '2026-03-07',
        ...landed,
      },
    ]);
    await warehouse.insert('approval_step', [
      approval('deputy', 'Tom', '2026-03-03 10:00:00', { action: 'final_approved' }),
      approval('unknown', 'Rita', '2026-03-03 10:00:00', { action: 'final_approved' }),
    ]);
    expect(await warehouse.find(detectorNamed('approver_over_limit'))).toEqual([]);
  });
});

describe('split_below_limit', () => {
  const part = (name: string, day: string, cells: CellsByColumn = {}) =>
    request(name, {
      requested_at: `2026-03-${day} 10:00:00`,
      amount: '3000.00',
      invoice_key: key(`${name} inv`),
      ...cells,
    });

  test('flags the parts that reach the limit together', async () => {
    await warehouse.insert('payment_flow', [
      part('one', '02'),
      part('two', '03'),
      part('three', '04'),
    ]);
    const found = await warehouse.find(detectorNamed('split_below_limit'));
    expect(keysOf(found)).toEqual([key('two'), key('three')].sort());
    expect(found.map((row) => row.amount_at_stake).sort()).toEqual(['6000.0000', '9000.0000']);
  });

  test('leaves out parts with orders of their own, far apart, or of different people', async () => {
    await warehouse.insert('payment_flow', [
      part('a one', '02', { vendor_key: key('A') }),
      part('a two', '03', { vendor_key: key('A') }),
      part('b one', '02', { vendor_key: key('B') }),
      part('b two', '20', { vendor_key: key('B') }),
      part('c one', '02', { vendor_key: key('C') }),
      part('c two', '03', { vendor_key: key('C'), requested_by_key: key('Emil') }),
    ]);
    await warehouse.insert('invoice_flow', [
      { invoice_key: key('a one inv'), vendor_key: key('A'), purchase_order_key: key('order 1') },
      { invoice_key: key('a two inv'), vendor_key: key('A'), purchase_order_key: key('order 2') },
    ]);
    expect(await warehouse.find(detectorNamed('split_below_limit'))).toEqual([]);
  });
});

describe('just_below_limit', () => {
  const usual = ['800', '950', '870', '910', '1020', '890'].map((amount, index) =>
    request(`usual ${index}`, { amount, requested_at: `2026-02-0${index + 1} 10:00:00` }),
  );

  test('flags an amount a hair below the limit at a vendor of small amounts', async () => {
    await warehouse.insert('payment_flow', [...usual, request('below', { amount: '4985.00' })]);
    expect(keysOf(await warehouse.find(detectorNamed('just_below_limit')))).toEqual([key('below')]);
  });

  test('leaves out a price charged before and an amount above the limit', async () => {
    await warehouse.insert('payment_flow', [
      ...usual,
      request('above', { amount: '5010.00', requested_at: '2026-02-20 10:00:00' }),
      request('price', {
        amount: '4990.00',
        vendor_key: key('Subscription'),
        requested_at: '2026-01-20 10:00:00',
      }),
      request('price again', { amount: '4990.00', vendor_key: key('Subscription') }),
    ]);
    expect(keysOf(await warehouse.find(detectorNamed('just_below_limit')))).not.toContain(
      key('price again'),
    );
    expect(keysOf(await warehouse.find(detectorNamed('just_below_limit')))).not.toContain(
      key('above'),
    );
  });
});

describe('off_hours_approval', () => {
  const days = Array.from({ length: 84 }, (_, index) => new Date(Date.UTC(2026, 0, 5 + index)))
    .filter((day) => day.getUTCDay() % 6 !== 0)
    .map((day) => day.toISOString().slice(0, 10));

  test('flags a decision at night by a day worker, not by a night worker', async () => {
    const history = (actor: string, hour: string) =>
      days.map((day, index) =>
        approval(
          `${actor} ${index}`,
          actor,
          `${day} ${hour}:${String(index % 60).padStart(2, '0')}:00`,
        ),
      );
    await warehouse.insert('approval_step', [
      ...history('Hana', '10'),
      ...history('Tom', '03'),
      approval('at night', 'Hana', '2026-06-02 03:10:00'),
      approval('as usual', 'Tom', '2026-06-02 03:10:00'),
    ]);
    const found = await warehouse.find(detectorNamed('off_hours_approval'));
    expect(found.map((row) => row['payment_request_key'])).toEqual([key('at night')]);
  });
});

describe('rubber_stamp', () => {
  const burst = (prefix: string, seconds: number) =>
    Array.from({ length: 6 }, (_, index) =>
      approval(
        `${prefix} ${index}`,
        prefix,
        `2026-03-03 10:00:${String(index * seconds).padStart(2, '0')}`,
        {
          event_key: key(`${prefix} ev ${index}`),
        },
      ),
    );

  test('flags decisions three seconds apart from the fifth on', async () => {
    await warehouse.insert('approval_step', burst('Hana', 3));
    const found = await warehouse.find(detectorNamed('rubber_stamp'));
    expect(keysOf(found)).toEqual([key('Hana ev 4'), key('Hana ev 5')]);
  });

  test('leaves out one bulk decision at the same moment, and service accounts', async () => {
    await warehouse.insert('approval_step', [...burst('Tom', 0), ...burst('Robot', 3)]);
    expect(await warehouse.find(detectorNamed('rubber_stamp'))).toEqual([]);
  });
});
