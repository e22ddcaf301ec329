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

const landed = { source: 'erp', batch_id: 'b', source_row: 1, extracted_at: '2026-01-01' };

function invoice(
  name: string,
  amount: string,
  day: string,
  cells: CellsByColumn = {},
): CellsByColumn {
  return {
    invoice_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    document_type: 'invoice',
    category: 'Tools',
    currency: 'EUR',
    amount_gross: amount,
    amount_base: amount,
    invoiced_on: day,
    entered_at: `${day} 10:00:00`,
    ...cells,
  };
}

const usual = ['412.30', '455.10', '398.75', '470.20', '441.85', '420.60'].map((amount, index) =>
  invoice(`usual ${index}`, amount, `2026-01-0${index + 1}`),
);

const order = {
  purchase_order_key: key('order'),
  purchase_order_id: 'PO1',
  company_key: key('Europe'),
  vendor_key: key('Acme'),
  created_at: '2026-01-20 10:00:00',
  currency: 'EUR',
  amount: '9000.00',
  ...landed,
};

const keysOf = (found: readonly { subject_key: string }[]) =>
  found.map((row) => row.subject_key).sort();

describe('unusual_amount', () => {
  test('flags an amount twenty times the usual and says the usual range', async () => {
    await warehouse.insert('invoice_flow', [...usual, invoice('large', '9000.00', '2026-02-01')]);
    const [found] = await warehouse.find(detectorNamed('unusual_amount'));
    expect(found?.subject_key).toBe(key('large'));
    const [reason] = found?.reasons ?? [];
    expect(reason?.id).toBe('amount_above_usual');
    expect(reason?.usual_low).toBeGreaterThan(300);
    expect(reason?.usual_high).toBeLessThan(9000);
    expect(Number(found?.amount_at_stake)).toBeLessThan(9000);
  });

  test('leaves out small amounts, few rows and an amount that was ordered', async () => {
    await warehouse.insert('purchase_order', [order]);
    await warehouse.insert('invoice_flow', [
      ...usual,
      invoice('ordered', '9000.00', '2026-02-01', { purchase_order_key: key('order') }),
      invoice('less', '120.00', '2026-02-02'),
      invoice('first', '9000.00', '2026-02-03', { vendor_key: key('New') }),
    ]);
    expect(await warehouse.find(detectorNamed('unusual_amount'))).toEqual([]);
  });

  test('finds nothing usual, and so nothing unusual, in a collective account', async () => {
    await warehouse.insert('vendor', [
      { vendor_key: key('Acme'), vendor_id: '900000', name: 'Payees', one_time: true, ...landed },
    ]);
    await warehouse.insert('invoice_flow', [...usual, invoice('large', '9000.00', '2026-02-01')]);
    expect(await warehouse.find(detectorNamed('unusual_amount'))).toEqual([]);
  });

  test('does not let a later amount make an earlier one usual', async () => {
    await warehouse.insert('invoice_flow', [...usual, invoice('large', '9000.00', '2026-02-01')]);
    const before = await warehouse.find(detectorNamed('unusual_amount'));
    await warehouse.insert('invoice_flow', [invoice('later', '9100.00', '2026-03-01')]);
    const after = await warehouse.find(detectorNamed('unusual_amount'));
    expect(after.find((row) => row.subject_key === key('large'))).toEqual(before[0]);
  });
});

describe('decimal_slip', () => {
  test('flags ten times an earlier amount to the cent', async () => {
    await warehouse.insert('invoice_flow', [...usual, invoice('slip', '4551.00', '2026-02-01')]);
    const [found] = await warehouse.find(detectorNamed('decimal_slip'));
    expect(found?.subject_key).toBe(key('slip'));
    expect(found?.reasons.map((reason) => reason.id)).toContain('power_of_ten_of_earlier');
    expect(found?.amount_at_stake).toBe('4095.9000');
  });

  test('leaves out another large amount, and ten times the usual when it was ordered', async () => {
    await warehouse.insert('purchase_order', [{ ...order, amount: '4551.00' }]);
    await warehouse.insert('invoice_flow', [
      ...usual,
      invoice('ordered', '4551.00', '2026-02-01', { purchase_order_key: key('order') }),
      invoice('other', '7777.77', '2026-02-02'),
    ]);
    expect(await warehouse.find(detectorNamed('decimal_slip'))).toEqual([]);
  });
});

function request(name: string, cells: CellsByColumn = {}): CellsByColumn {
  return {
    payment_request_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    requested_at: '2026-03-02 10:00:00',
    currency: 'EUR',
    amount: '2000.00',
    amount_base: '2000.00',
    executed_at: '2026-03-05 16:00:00',
    executed_amount: '2000.00',
    executed_currency: 'EUR',
    ...cells,
  };
}

describe('settlement_differs', () => {
  test('flags what the bank moved beyond what was sent, and nothing that is explained', async () => {
    await warehouse.insert('payment_flow', [
      request('more', { settled_amount: '2180.00', settled_currency: 'EUR' }),
      request('equal', { settled_amount: '-2000.00', settled_currency: 'EUR' }),
      request('fee kept', {
        settled_amount: '1985.00',
        settled_currency: 'EUR',
        fee_amount: '15',
        fee_currency: 'EUR',
      }),
      request('exchanged', { settled_amount: '2160.00', settled_currency: 'USD' }),
      request('not settled'),
    ]);
    const found = await warehouse.find(detectorNamed('settlement_differs'));
    expect(keysOf(found)).toEqual([key('more')]);
    expect(found[0]?.amount_at_stake).toBe('180.0000');
  });
});

describe('urgent_outside_run', () => {
  test('flags urgency without need, not that of a vendor always paid at once or of a debt that is due', async () => {
    const customs = ['01', '02', '03'].map((day) =>
      request(`customs ${day}`, {
        vendor_key: key('Customs'),
        urgent: true,
        requested_at: `2026-03-${day} 10:00:00`,
        due_on: '2026-03-04',
      }),
    );
    await warehouse.insert('payment_flow', [
      ...customs,
      request('customs again', {
        vendor_key: key('Customs'),
        urgent: true,
        requested_at: '2026-03-09 10:00:00',
        due_on: '2026-04-10',
      }),
      request('hurried', { urgent: true, due_on: '2026-04-01' }),
      request('due', { urgent: true, due_on: '2026-03-03', vendor_key: key('Other') }),
    ]);
    expect(keysOf(await warehouse.find(detectorNamed('urgent_outside_run')))).toEqual([
      key('hurried'),
    ]);
  });
});

describe('waiting_for_payment_run', () => {
  const company = {
    company_key: key('Europe'),
    company_id: '1000',
    name: 'Europe',
    base_currency: 'EUR',
    time_zone: 'Europe/Amsterdam',
    ...landed,
  };
  // 2026-03-02 is a Monday; the run leaves on Thursday evening.
  const waited = {
    payment_run: 'RUN-1',
    last_approved_at: '2026-03-02 09:00:00',
    executed_at: '2026-03-05 16:00:00',
  };

  test('reports a payment that a daily run would have brought in time', async () => {
    await warehouse.insert('company', [company]);
    await warehouse.insert('payment_flow', [request('late', { ...waited, due_on: '2026-03-05' })]);
    const [found] = await warehouse.find(detectorNamed('waiting_for_payment_run'));
    expect(found?.subject_key).toBe(key('late'));
    expect(found?.reasons[0]).toMatchObject({
      id: 'waited_for_run',
      actual: 3,
      unit: 'working_days',
    });
  });

  test('leaves out what was held for the last run before its due date, unless that cost a discount', async () => {
    await warehouse.insert('company', [company]);
    const held = { ...waited, last_approved_at: '2026-02-24 09:00:00', due_on: '2026-03-06' };
    await warehouse.insert('payment_flow', [request('held', held), request('dear', held)]);
    await warehouse.insert('invoice_flow', [
      invoice('dear', '1000', '2026-02-20', {
        payment_request_key: key('dear'),
        discount_on: '2026-03-02',
        discount_amount: '30',
      }),
    ]);
    const found = await warehouse.find(detectorNamed('waiting_for_payment_run'));
    expect(found.map((row) => row.subject_key)).toEqual([key('dear')]);
  });

  test('reports nothing when the due date lies ahead or the run was the next day', async () => {
    await warehouse.insert('company', [company]);
    await warehouse.insert('payment_flow', [
      request('in time', { ...waited, due_on: '2026-03-20' }),
      request('next day', {
        ...waited,
        last_approved_at: '2026-03-04 09:00:00',
        due_on: '2026-03-05',
      }),
    ]);
    expect(await warehouse.find(detectorNamed('waiting_for_payment_run'))).toEqual([]);
  });
});

describe('missed_discount', () => {
  const offered = (name: string, cells: CellsByColumn = {}) =>
    invoice(name, '10000.00', '2026-02-01', {
      received_at: '2026-02-02 10:00:00',
      discount_rate: '0.02',
      discount_on: '2026-02-11',
      discount_amount: '200.00',
      discount_amount_base: '200.00',
      approved_at: '2026-02-13 10:00:00',
      paid_on: '2026-03-03',
      paid_at: '2026-03-03 16:00:00',
      discount_taken_base: '0',
      ...cells,
    });

  test('reports 2/10 net 30 paid after 30 days at 37 % a year, less the cost of paying earlier', async () => {
    await warehouse.insert('invoice_flow', [offered('missed')]);
    const [found] = await warehouse.find(detectorNamed('missed_discount'));
    expect(found?.reasons[0]?.actual).toBeCloseTo(0.3724, 4);
    expect(found?.reasons[1]?.id).toBe('discount_approved_late');
    // 200 less 10,000 x 8 % x 20 days / 365
    expect(found?.amount_at_stake).toBe('156.1644');
  });

  test('leaves out discounts taken, below the hurdle, or over before the invoice came', async () => {
    await warehouse.insert('invoice_flow', [
      offered('taken', { discount_taken_base: '200.00' }),
      offered('poor', {
        discount_rate: '0.002',
        discount_amount: '20',
        discount_amount_base: '20',
        paid_on: '2026-04-20',
      }),
      offered('too late', { received_at: '2026-02-15 10:00:00' }),
      offered('no offer', { discount_rate: null, discount_amount: null }),
    ]);
    expect(await warehouse.find(detectorNamed('missed_discount'))).toEqual([]);
  });
});

describe('cheaper_channel', () => {
  const vendor = {
    vendor_key: key('Acme'),
    vendor_id: 'Acme',
    name: 'Acme',
    channel: 'sepa_credit_transfer',
    ...landed,
  };
  const wired = {
    executed_channel: 'wire',
    fee_amount: '22',
    fee_base: '22',
    due_on: '2026-04-01',
  };

  test('reports a wire to a vendor who agreed on SEPA, with the tariff’s saving', async () => {
    await warehouse.insert('vendor', [vendor]);
    await warehouse.insert('payment_flow', [request('wired', wired)]);
    const [found] = await warehouse.find(detectorNamed('cheaper_channel'));
    expect(found?.subject_key).toBe(key('wired'));
    expect(found?.amount_at_stake).toBe('21.8000');
    expect(found?.reasons[0]?.id).toBe('agreed_channel_cheaper');
  });

  test('leaves out what had to arrive at once, unknown fees and vendors who take wires only', async () => {
    await warehouse.insert('vendor', [
      vendor,
      { ...vendor, vendor_key: key('Wires'), vendor_id: 'W', channel: 'wire' },
    ]);
    await warehouse.insert('payment_flow', [
      request('due', { ...wired, due_on: '2026-03-05' }),
      request('unknown fee', { ...wired, fee_amount: null, fee_base: null }),
      request('agreed', { ...wired, vendor_key: key('Wires') }),
    ]);
    expect(await warehouse.find(detectorNamed('cheaper_channel'))).toEqual([]);
  });
});
