import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectorNamed } from '#analytics/detectors/detectors.ts';
import { key, SmallWarehouse, type CellsByColumn } from './small-warehouse.ts';

let warehouse: SmallWarehouse;
beforeEach(async () => {
  warehouse = await SmallWarehouse.open();
});
afterEach(() => {
  warehouse.close();
});

function request(name: string, cells: CellsByColumn = {}): CellsByColumn {
  return {
    payment_request_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    vendor_name: 'Acme Tools GmbH',
    requested_by_key: key('Rita'),
    entered_by_key: key('Emil'),
    requested_at: '2026-03-02 10:00:00',
    currency: 'EUR',
    amount: '20000.00',
    amount_base: '20000.00',
    status: 'in_approval',
    account_token: 'B',
    ...cells,
  };
}

async function foundAmong(id: string, requests: readonly CellsByColumn[]) {
  await warehouse.insert('payment_flow', requests);
  return warehouse.find(detectorNamed(id));
}

const keysOf = (found: readonly { subject_key: string }[]) =>
  found.map((row) => row.subject_key).sort();

describe('bank_account_change_before_payment', () => {
  const changed = {
    previous_account_token: 'A',
    account_known_since: '2026-02-26 09:00:00',
    account_requested_through: 'email',
    account_changed_by_key: key('Mara'),
    payments_to_account_before: 0,
  };

  test('flags the first payment to an account changed by e-mail and never confirmed', async () => {
    const found = await foundAmong('bank_account_change_before_payment', [
      request('fresh', changed),
    ]);
    expect(keysOf(found)).toEqual([key('fresh')]);
    expect(found[0]?.reasons.map((reason) => reason.id)).toContain('account_change_channel');
  });

  test('scores higher when the person who saved the account asked for the payment', async () => {
    const found = await foundAmong('bank_account_change_before_payment', [
      request('apart', changed),
      request('same person', { ...changed, account_changed_by_key: key('Rita') }),
    ]);
    const scoreOf = (name: string) =>
      found.find((row) => row.subject_key === key(name))?.score ?? 0;
    expect(scoreOf('same person')).toBeGreaterThan(scoreOf('apart'));
  });

  test.each([
    ['confirmed by call-back', { account_verified_at: '2026-02-27 09:00:00' }],
    ['part of a mass migration', { account_requested_through: 'migration' }],
    ['changed long ago', { account_known_since: '2025-11-01 09:00:00' }],
    ['paid before', { payments_to_account_before: 3 }],
    ['the first account', { previous_account_token: null, account_requested_through: 'initial' }],
  ])('leaves out an account that was %s', async (_what, cells) => {
    const found = await foundAmong('bank_account_change_before_payment', [
      request('fine', { ...changed, ...cells }),
    ]);
    expect(found).toEqual([]);
  });

  test('does not know of a confirmation that came after the request', async () => {
    const found = await foundAmong('bank_account_change_before_payment', [
      request('late', { ...changed, account_verified_at: '2026-03-05 09:00:00' }),
    ]);
    expect(keysOf(found)).toEqual([key('late')]);
  });
});

describe('bank_account_flip_flop', () => {
  const period = (account_token: string, position: number, valid_from: string): CellsByColumn => ({
    vendor_key: key('Acme'),
    change_key: key(`change ${position}`),
    account_token,
    position,
    valid_from,
  });

  test('flags a payment asked for while the account stood between two periods of another', async () => {
    await warehouse.insert('vendor_account', [
      period('A', 1, '2025-01-01 00:00:00'),
      period('B', 2, '2026-02-25 00:00:00'),
      period('A', 3, '2026-03-10 00:00:00'),
    ]);
    const found = await foundAmong('bank_account_flip_flop', [
      request('between'),
      request('before', { account_token: 'A', requested_at: '2026-02-01 10:00:00' }),
    ]);
    expect(keysOf(found)).toEqual([key('between')]);
    expect(String(found[0]?.found_as_of)).toBe('2026-03-10 00:00:00');
  });

  test('leaves out a change that was not changed back', async () => {
    await warehouse.insert('vendor_account', [
      period('A', 1, '2025-01-01 00:00:00'),
      period('B', 2, '2026-02-25 00:00:00'),
      period('C', 3, '2026-03-10 00:00:00'),
    ]);
    expect(await foundAmong('bank_account_flip_flop', [request('between')])).toEqual([]);
  });
});

describe('vendor_shares_employee_account', () => {
  const employee: CellsByColumn = {
    employee_key: key('Emil'),
    employee_id: 'E1',
    name: 'Emil Brandt',
    account_token: 'B',
    source: 'erp',
    batch_id: 'b',
    source_row: 1,
    extracted_at: '2026-01-01',
  };

  test('flags a payment to the salary account of the person who entered the invoice', async () => {
    await warehouse.insert('employee', [employee]);
    const found = await foundAmong('vendor_shares_employee_account', [
      request('to Emil'),
      request('elsewhere', { account_token: 'C' }),
    ]);
    expect(keysOf(found)).toEqual([key('to Emil')]);
    expect(found[0]?.reasons.map((reason) => reason.id)).toContain('employee_took_part');
  });

  test('leaves out expenses paid back under the employee’s own name', async () => {
    await warehouse.insert('employee', [employee]);
    const own = request('expenses', {
      vendor_name: 'Brandt, Emil'.split(', ').reverse().join(' '),
    });
    expect(await foundAmong('vendor_shares_employee_account', [own])).toEqual([]);
  });
});

describe('lookalike_vendor', () => {
  const vendor = (name: string, created_at: string, cells: CellsByColumn = {}): CellsByColumn => ({
    vendor_key: key(name),
    vendor_id: name,
    name,
    created_at,
    category: 'Tools',
    source: 'erp',
    batch_id: 'b',
    source_row: 1,
    extracted_at: '2026-01-01',
    ...cells,
  });
  const known = vendor('Siemens Tools GmbH', '2020-01-01', { tax_id: 'DE1' });

  async function foundBeside(newer: CellsByColumn) {
    await warehouse.insert('vendor', [known, newer]);
    await warehouse.insert('payment_flow', [
      request('known', {
        vendor_key: String(known['vendor_key']),
        requested_at: '2025-01-10 10:00:00',
      }),
      request('new', {
        vendor_key: String(newer['vendor_key']),
        requested_at: '2026-03-02 10:00:00',
      }),
    ]);
    await warehouse.derive('vendor_name_block');
    return warehouse.find(detectorNamed('lookalike_vendor'));
  }

  test.each(['Ziemens Tools GmbH', 'Sieemens Tools GmbH', 'Siemnes Tools GmbH'])(
    'flags %s',
    async (name) => {
      const found = await foundBeside(vendor(name, '2026-02-20', { tax_id: 'DE2' }));
      expect(keysOf(found)).toEqual([key(name)]);
      expect(found[0]?.['payment_request_key']).toBe(key('new'));
    },
  );

  test('leaves out a second account of the same vendor and a name of its own', async () => {
    expect(
      await foundBeside(vendor('Siemenz Tools GmbH', '2026-02-20', { tax_id: 'DE1' })),
    ).toEqual([]);
    await warehouse.connection.run('delete from vendor');
    expect(await foundBeside(vendor('Bosch Tools GmbH', '2026-02-20', { tax_id: 'DE3' }))).toEqual(
      [],
    );
  });
});

describe('new_vendor_large_payment', () => {
  const fresh = {
    vendor_created_at: '2026-02-27 09:00:00',
    payments_to_vendor_before: 0,
    invoice_key: key('invoice'),
  };

  test('flags a large first payment three days after the vendor was made', async () => {
    const found = await foundAmong('new_vendor_large_payment', [request('first', fresh)]);
    expect(keysOf(found)).toEqual([key('first')]);
  });

  test('leaves out a small one, a known vendor and one with an order placed before', async () => {
    await warehouse.insert('invoice_flow', [
      {
        invoice_key: key('invoice'),
        vendor_key: key('Ordered'),
        purchase_order_key: key('order'),
        currency: 'EUR',
        amount_gross: '20000',
        received_at: '2026-03-01',
        entered_by_key: key('Emil'),
      },
    ]);
    await warehouse.insert('purchase_order', [
      {
        purchase_order_key: key('order'),
        purchase_order_id: 'PO1',
        company_key: key('Europe'),
        vendor_key: key('Ordered'),
        created_at: '2026-02-28',
        created_by_key: key('Bea'),
        currency: 'EUR',
        amount: '20000',
        source: 'erp',
        batch_id: 'b',
        source_row: 1,
        extracted_at: '2026-01-01',
      },
    ]);
    const found = await foundAmong('new_vendor_large_payment', [
      request('small', { ...fresh, vendor_key: key('Small'), amount_base: '900.00' }),
      request('old', {
        ...fresh,
        vendor_key: key('Old'),
        vendor_created_at: '2024-01-01 09:00:00',
      }),
      request('ordered', { ...fresh, vendor_key: key('Ordered') }),
    ]);
    expect(found).toEqual([]);
  });
});

describe('dormant_vendor', () => {
  test('flags a vendor that bills again after more than a year, to a new account', async () => {
    const found = await foundAmong('dormant_vendor', [
      request('old', { requested_at: '2024-06-03 10:00:00', account_token: 'A', amount: '900' }),
      request('woken'),
    ]);
    expect(keysOf(found)).toEqual([key('woken')]);
  });

  test('leaves out an annual fee', async () => {
    const found = await foundAmong('dormant_vendor', [
      request('last year', { requested_at: '2025-03-05 10:00:00', amount: '19000' }),
      request('this year'),
    ]);
    expect(found).toEqual([]);
  });
});
