/** Rows of a small company, for tests that plant one incident among the usual. */
import { describe, expect, test } from 'vitest';
import { foundIn, keepsPromises, type Planted } from './promises.ts';
import { key, type CellsByColumn } from './small-warehouse.ts';

export const landed = {
  source: 'erp',
  batch_id: '0',
  source_row: 1,
  extracted_at: '2026-01-01 00:00:00',
};

/** Day `days` after 2 January 2025. */
export function day(days: number): string {
  return new Date(Date.UTC(2025, 0, 2 + days)).toISOString().slice(0, 10);
}

export function invoice(name: string, days: number, cells: CellsByColumn = {}): CellsByColumn {
  const number = cells['invoice_number'] === undefined ? name : cells['invoice_number'];
  return {
    invoice_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    document_type: 'invoice',
    invoice_number: number,
    invoice_number_normal:
      number === null
        ? null
        : String(number)
            .toUpperCase()
            .replaceAll(/[^A-Z0-9]/g, ''),
    currency: 'EUR',
    amount_gross: '1234.56',
    amount_base: cells['amount_gross'] ?? '1234.56',
    invoiced_on: day(days),
    entered_at: `${day(days)} 10:00:00`,
    ...cells,
  };
}

/** `count` invoices, `step` days apart, of odd amounts near 1,200 unless said otherwise. */
export function usual(
  count: number,
  step = 7,
  cells: (place: number) => CellsByColumn = () => ({}),
): CellsByColumn[] {
  return Array.from({ length: count }, (_, place) =>
    invoice(`usual ${String(place)}`, place * step, {
      amount_gross: `${String(1100 + ((place * 37) % 211))}.${String(13 + ((place * 7) % 80))}`,
      ...cells(place),
    }),
  );
}

export function request(name: string, days: number, cells: CellsByColumn = {}): CellsByColumn {
  return {
    payment_request_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    requested_at: `${day(days)} 09:00:00`,
    currency: 'EUR',
    amount: '4321.09',
    amount_base: cells['amount'] ?? '4321.09',
    account_token: 'account of Acme',
    vendor_name: 'Acme',
    ...cells,
  };
}

export function vendor(name: string, cells: CellsByColumn = {}): CellsByColumn {
  return { vendor_key: key(name), vendor_id: name, name, ...landed, ...cells };
}

export function payment(name: string, days: number, cells: CellsByColumn = {}): CellsByColumn {
  return {
    payment_key: key(name),
    company_key: key('Europe'),
    vendor_key: key('Acme'),
    channel: 'sepa_credit_transfer',
    currency: 'EUR',
    amount: '845.13',
    executed_at: `${day(days)} 12:00:00`,
    ...cells,
  };
}

/** A payment as record and as mart. */
export function paid(...payments: readonly CellsByColumn[]): Planted {
  return {
    payment: payments.map((row) => ({ ...row, payment_id: String(row['payment_key']), ...landed })),
    payment_fact: payments.map(
      ({ account_token: _token, end_to_end_id: _reference, ...row }) => row,
    ),
  };
}

/** A planted incident that a detector flags, and its near miss that it leaves out. */
export interface Case {
  readonly id: string;
  readonly flags: string;
  readonly planted: Planted;
  readonly finds: string;
  readonly leaves: string;
  readonly near: Planted;
}

/** Tests one after the other what each case says. */
export function testCases(cases: readonly Case[]): void {
  describe.each(cases)('$id', ({ id, planted, finds, near, flags, leaves }) => {
    test(`flags ${flags}`, async () => {
      const found = await keepsPromises(id, planted);
      expect(found.map((row) => row.subject_key)).toEqual([key(finds)]);
    });

    test(`leaves out ${leaves}`, async () => {
      expect(await foundIn(id, near)).toEqual([]);
    });
  });
}
