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

/** An invoice of vendor Acme, entered the day after its date. */
function invoice(name: string, cells: CellsByColumn): CellsByColumn {
  const number = String(cells['invoice_number'] ?? name);
  const invoiced_on = String(cells['invoiced_on'] ?? '2026-03-02');
  return {
    invoice_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    document_type: 'invoice',
    invoice_number: number,
    invoice_number_normal: number
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]/g, '')
      .replace(/^0+/, ''),
    currency: 'EUR',
    amount_gross: '1234.50',
    amount_base: '1234.50',
    invoiced_on,
    entered_at: `${invoiced_on} 10:00:00`,
    ...cells,
  };
}

async function foundAmong(id: string, invoices: readonly CellsByColumn[]) {
  await warehouse.insert('invoice_flow', invoices);
  await warehouse.deriveAll();
  return warehouse.find(detectorNamed(id));
}

describe('duplicate_invoice_exact', () => {
  const first = invoice('first', { invoice_number: 'INV-00421/A' });

  test('flags the second of two invoices that differ only in punctuation', async () => {
    const found = await foundAmong('duplicate_invoice_exact', [
      first,
      invoice('second', { invoice_number: 'inv 00421a', entered_at: '2026-03-20 09:00:00' }),
    ]);
    expect(found.map((row) => row.subject_key)).toEqual([key('second')]);
    expect(found[0]?.evidence_keys).toEqual([key('first')]);
    expect(found[0]?.amount_at_stake).toBe('1234.5000');
  });

  test('leaves out an invoice whose first entry was reversed before', async () => {
    const found = await foundAmong('duplicate_invoice_exact', [
      first,
      invoice('reversal', {
        amount_gross: '-1234.50',
        invoice_number: 'INV-00421/A',
        reversal_of_key: key('first'),
        entered_at: '2026-03-10 09:00:00',
      }),
      invoice('second', { invoice_number: 'INV-00421/A', entered_at: '2026-03-20 09:00:00' }),
    ]);
    expect(found).toEqual([]);
  });

  test('nets against a credit of the same amount that names no invoice, and against no other', async () => {
    const credited = (amount_gross: string) =>
      foundAmong('duplicate_invoice_exact', [
        first,
        invoice('credit', {
          amount_gross,
          invoice_number: 'CR-1',
          entered_at: '2026-03-10 09:00:00',
        }),
        invoice('second', { invoice_number: 'INV-00421/A', entered_at: '2026-03-20 09:00:00' }),
      ]);
    expect(await credited('-1234.50')).toEqual([]);
    await warehouse.connection.run('delete from invoice_flow');
    const other = await credited('-1234.51');
    expect(other.map((row) => row.subject_key)).toEqual([key('second')]);
  });

  test('keeps a duplicate whose original is reversed only after its payment was asked for', async () => {
    const found = await foundAmong('duplicate_invoice_exact', [
      first,
      invoice('second', {
        invoice_number: 'INV-00421/A',
        entered_at: '2026-03-20 09:00:00',
        requested_at: '2026-03-21 09:00:00',
      }),
      invoice('reversal', {
        amount_gross: '-1234.50',
        reversal_of_key: key('first'),
        entered_at: '2026-04-10 09:00:00',
      }),
    ]);
    expect(found.map((row) => row.subject_key)).toEqual([key('second')]);
  });

  test('takes a number used every month for a customer number', async () => {
    const months = ['2026-01-05', '2026-02-05', '2026-03-05', '2026-04-05'];
    const found = await foundAmong(
      'duplicate_invoice_exact',
      months.map((day) => invoice(day, { invoice_number: 'CUST 77812', invoiced_on: day })),
    );
    expect(found.map((row) => row.subject_key)).not.toContain(key('2026-04-05'));
  });

  test('does not compare currencies or companies with a missing number', async () => {
    const found = await foundAmong('duplicate_invoice_exact', [
      first,
      invoice('dollars', { invoice_number: 'INV-00421/A', currency: 'USD' }),
      invoice('blank', { invoice_number_normal: null }),
      invoice('blank too', { invoice_number_normal: null }),
    ]);
    expect(found).toEqual([]);
  });
});

describe('what every test of duplicates keeps', () => {
  const ids = ['exact', 'similar_number', 'similar_amount', 'other_vendor'];

  test.each(ids)('duplicate_invoice_%s says nothing of a collective account', async (id) => {
    await warehouse.insert('vendor', [
      {
        vendor_key: key('Acme'),
        vendor_id: '900000',
        name: 'One-time payees',
        one_time: true,
        source: 'erp',
        extracted_at: '2026-01-01 00:00:00',
        batch_id: '0',
        source_row: 1,
      },
    ]);
    const found = await foundAmong(`duplicate_invoice_${id}`, [
      invoice('first', { invoice_number: '4711823' }),
      invoice('again', { invoice_number: '4711823', entered_at: '2026-03-09 09:00:00' }),
      invoice('alike', { invoice_number: '4718123', entered_at: '2026-03-09 10:00:00' }),
      invoice('nearly', {
        invoice_number: '4711823',
        amount_gross: '1235.00',
        entered_at: '2026-03-09 11:00:00',
      }),
      invoice('other', {
        invoice_number: '4711823',
        vendor_key: key('Beta'),
        entered_at: '2026-03-09 12:00:00',
      }),
    ]);
    expect(found).toEqual([]);
  });

  test('a reference on a thousand invoices makes no million of pairs, and none is reported', async () => {
    await warehouse.connection.run(
      `insert into invoice_flow by name
       select md5(n::varchar)::uuid as invoice_key, '${key('Acme')}'::uuid as vendor_key, 'J1181561' as invoice_number,
         'J1181561' as invoice_number_normal, 'EUR' as currency, 100 + n % 40 as amount_gross, 100 + n % 40 as amount_base,
         timestamp '2026-03-02 10:00:00' + to_minutes(n::integer) as entered_at
       from range(20000) as numbers(n)`,
    );
    await warehouse.deriveAll();
    for (const id of ids) {
      const found = await warehouse.find(detectorNamed(`duplicate_invoice_${id}`));
      expect(found.length, id).toBeLessThanOrEqual(51);
    }
  }, 10_000);

  test('what a spreadsheet made of a number is no number', async () => {
    const found = await foundAmong('duplicate_invoice_exact', [
      invoice('first', { invoice_number: '12:00:00 AM' }),
      invoice('second', { invoice_number: '12:00:00 AM', entered_at: '2026-03-09 09:00:00' }),
      invoice('third', { invoice_number: '1.26E+11' }),
      invoice('fourth', { invoice_number: '1.26E+11', entered_at: '2026-03-09 09:00:00' }),
    ]);
    expect(found).toEqual([]);
  });
});

describe('duplicate_invoice_similar_number', () => {
  test.each([
    ['two neighbours swapped', '20260481', '20260841', 'number_transposed'],
    ['letters added', '4711823', '4711823RE', 'number_affix'],
    ['an O read as a zero', 'KO4711', 'K04711', 'number_misread'],
    ['one digit typed wrong', '884213', '834213', 'number_one_character'],
  ])('flags a number with %s', async (_what, number, other, reason) => {
    const found = await foundAmong('duplicate_invoice_similar_number', [
      invoice('first', { invoice_number: number }),
      invoice('second', { invoice_number: other, entered_at: '2026-03-09 09:00:00' }),
    ]);
    expect(found.map((row) => row.subject_key)).toEqual([key('second')]);
    expect(found[0]?.reasons.map((one) => one.id)).toContain(reason);
  });

  test('leaves out the next number of a series and recurring amounts', async () => {
    const months = ['2026-01-05', '2026-02-05', '2026-03-05', '2026-04-05', '2026-05-05'];
    const found = await foundAmong(
      'duplicate_invoice_similar_number',
      months.map((day, index) =>
        invoice(day, { invoice_number: `RE-${4100 + index}`, invoiced_on: day }),
      ),
    );
    expect(found).toEqual([]);
  });
});

describe('duplicate_invoice_similar_number of many', () => {
  /** Ten invoices of one amount, a week apart, whose numbers are far from one another. */
  const usual = Array.from({ length: 10 }, (_, week) =>
    invoice(`week ${week}`, {
      invoice_number: `${week * 37 + 11}X${week}`,
      invoiced_on: `2026-0${Math.floor(week / 4) + 1}-${(week % 4) * 6 + 10}`,
    }),
  );

  test.each([
    ['two neighbours swapped', '20260841', 'number_transposed'],
    ['letters added', '20260481RE', 'number_affix'],
  ])('a recurring amount: still %s', async (_what, other, reason) => {
    const found = await foundAmong('duplicate_invoice_similar_number', [
      ...usual,
      invoice('first', { invoice_number: '20260481', invoiced_on: '2026-04-02' }),
      invoice('second', {
        invoice_number: other,
        invoiced_on: '2026-04-02',
        entered_at: '2026-04-09 09:00:00',
      }),
    ]);
    expect(found.map((row) => row.subject_key)).toEqual([key('second')]);
    expect(found[0]?.reasons[0]?.id).toBe(reason);
  });

  test('leaves out two of a series of which only the day of booking is known', async () => {
    const unknown = { invoiced_on: null, entered_at: '2026-03-02 10:00:00' };
    const found = await foundAmong('duplicate_invoice_similar_number', [
      invoice('first', { invoice_number: '49 PH', ...unknown }),
      invoice('second', { invoice_number: '48PH', ...unknown }),
    ]);
    expect(found).toEqual([]);
  });
});

describe('duplicate_invoice_similar_amount', () => {
  test('flags the same number with swapped digits and with one percent more', async () => {
    const found = await foundAmong('duplicate_invoice_similar_amount', [
      invoice('first', { invoice_number: 'R-5512' }),
      invoice('swapped', {
        invoice_number: 'R-5512',
        amount_gross: '1243.50',
        entered_at: '2026-03-09 09:00:00',
      }),
      invoice('other', { invoice_number: 'R-9001', amount_gross: '800.00' }),
      invoice('nearly', {
        invoice_number: 'R-9001',
        amount_gross: '807.00',
        entered_at: '2026-03-09 09:00:00',
      }),
    ]);
    expect(found.map((row) => row.reasons[0]?.id).sort()).toEqual([
      'number_used_before',
      'number_used_before',
    ]);
    expect(found.map((row) => row.subject_key).sort()).toEqual(
      [key('nearly'), key('swapped')].sort(),
    );
  });

  test('leaves out a number used again with an amount of its own', async () => {
    const found = await foundAmong('duplicate_invoice_similar_amount', [
      invoice('first', { invoice_number: 'R-5512' }),
      invoice('rest', {
        invoice_number: 'R-5512',
        amount_gross: '412.10',
        entered_at: '2026-03-09 09:00:00',
      }),
    ]);
    expect(found).toEqual([]);
  });
});

describe('duplicate_invoice_other_vendor', () => {
  test('flags a document that another vendor sent before', async () => {
    const found = await foundAmong('duplicate_invoice_other_vendor', [
      invoice('first', { invoice_number: 'F-2026-35853' }),
      invoice('second', {
        invoice_number: 'F-2026-35853',
        vendor_key: key('Acme Intl'),
        entered_at: '2026-03-09 09:00:00',
      }),
    ]);
    expect(found.map((row) => row.subject_key)).toEqual([key('second')]);
  });

  test('keeps a duplicate whose original is taken back only after its payment was asked for', async () => {
    const twice = [
      invoice('first', { invoice_number: 'F-2026-35853' }),
      invoice('second', {
        invoice_number: 'F-2026-35853',
        vendor_key: key('Acme Intl'),
        entered_at: '2026-03-09 09:00:00',
        requested_at: '2026-03-10 09:00:00',
      }),
    ];
    const reversal = (entered_at: string) =>
      invoice('reversal', {
        amount_gross: '-1234.50',
        invoice_number: 'CR-1',
        reversal_of_key: key('first'),
        entered_at,
      });
    const late = await foundAmong('duplicate_invoice_other_vendor', [
      ...twice,
      reversal('2026-04-01 09:00:00'),
    ]);
    expect(late.map((row) => row.subject_key)).toEqual([key('second')]);
    await warehouse.connection.run('delete from invoice_flow');
    const early = await foundAmong('duplicate_invoice_other_vendor', [
      ...twice,
      reversal('2026-03-05 09:00:00'),
    ]);
    expect(early).toEqual([]);
  });

  test('leaves out months written in place of a number', async () => {
    const found = await foundAmong('duplicate_invoice_other_vendor', [
      invoice('first', { invoice_number: '2026-03' }),
      invoice('second', {
        invoice_number: '2026-03',
        vendor_key: key('Other'),
        entered_at: '2026-03-09 09:00:00',
      }),
    ]);
    expect(found).toEqual([]);
  });
});
