import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectors } from '#ingest/connectors.ts';
import { dataFolder, land, manifestOf, refreshed } from '../ingest/loaded.ts';

interface Expected {
  readonly settings: unknown;
  /** Physical records of all streams that have any. */
  readonly physical: number;
  /** What a select over the records gives, in the order of `by`. */
  readonly rows: readonly {
    readonly select: string;
    readonly rows: readonly Record<string, unknown>[];
  }[];
  readonly rejected: readonly { source_row: number; code: string; column_name: string | null }[];
}

/** What the fixtures of each connector that reads files must become. */
const expected: Readonly<Record<string, Expected>> = {
  files: {
    settings: { mapping: fixture('files', 'mapping.json') },
    physical: 5,
    rows: [
      {
        select: `select invoice_id, invoice_number, invoiced_on::varchar as invoiced_on, currency,
          amount_gross::varchar as amount_gross, description, status, source_row
          from invoice order by source_row`,
        rows: [
          {
            invoice_id: '1001',
            invoice_number: 'RE 44/1',
            invoiced_on: '2026-03-02',
            currency: 'EUR',
            amount_gross: '1190.0000',
            description: 'Pumps, 2 pieces',
            status: 'posted',
            source_row: 1,
          },
          {
            invoice_id: '1004',
            invoice_number: 'RE "46"',
            invoiced_on: '2026-03-06',
            currency: 'EUR',
            amount_gross: '-100.0000',
            description: 'Credit\nfor RE 45',
            status: 'posted',
            source_row: 5,
          },
        ],
      },
    ],
    rejected: [
      { source_row: 2, code: 'wrong_type', column_name: 'invoiced_on' },
      { source_row: 4, code: 'field_count', column_name: null },
    ],
  },
  'sap-tables': {
    settings: { currency: 'EUR', time_zone: 'Europe/Berlin', country: 'DE' },
    physical: 20,
    rows: [
      {
        select: `select invoice_id, document_type, invoice_number, invoiced_on::varchar as invoiced_on,
          strftime(entered_at, '%Y-%m-%d %H:%M') as entered_at, due_on::varchar as due_on, currency,
          amount_gross::varchar as amount_gross, discount_rate::varchar as discount_rate
          from invoice order by invoice_id`,
        rows: [
          {
            invoice_id: '5100000001|2026',
            document_type: 'invoice',
            invoice_number: 'RE-1',
            invoiced_on: '2026-03-02',
            entered_at: '2026-03-04 08:00',
            due_on: '2026-03-16',
            currency: 'EUR',
            amount_gross: '1190.0000',
            discount_rate: '0.020000000',
          },
          {
            invoice_id: '5100000002|2026',
            document_type: 'credit',
            invoice_number: 'CR-1',
            invoiced_on: null,
            entered_at: '2026-03-05 09:00',
            due_on: null,
            currency: 'JPY',
            amount_gross: '-5000.0000',
            discount_rate: null,
          },
        ],
      },
      {
        select: `select payment_document, amount::varchar as amount, discount_taken::varchar as discount_taken,
          strftime(executed_at, '%Y-%m-%d %H:%M') as executed_at, invoice.invoice_number
          from payment join invoice using (invoice_key)`,
        rows: [
          {
            payment_document: '1500000001',
            amount: '1190.0000',
            discount_taken: '23.8000',
            executed_at: '2026-03-12 16:00',
            invoice_number: 'RE-1',
          },
        ],
      },
      {
        select: `select trace_id, activity from approval_event order by occurred_at, sequence`,
        rows: [
          'Vendor creates invoice',
          'Create Purchase Order Item',
          'Change Price',
          'Record Goods Receipt',
          'Record Invoice Receipt',
          'Clear Invoice',
        ]
          .toSorted((a, b) => place(a) - place(b))
          .map((activity) => ({ trace_id: '4500000001_00010', activity })),
      },
      {
        select: `select name, country, blocked from vendor order by name`,
        rows: [
          { name: 'Pumps & Co', country: 'DE', blocked: false },
          { name: 'Seals KK', country: 'JP', blocked: true },
        ],
      },
    ],
    rejected: [{ source_row: 3, code: 'wrong_type', column_name: 'amount_gross' }],
  },
  camt053: {
    settings: { accounts: { NL91ABNA0417164300: 'NL01' } },
    physical: 7,
    rows: [
      {
        select: `select amount::varchar as amount, status, end_to_end_id, counterparty_name, remittance, source_row
          from bank_line order by source_row`,
        rows: [
          {
            amount: '-60.0000',
            status: 'booked',
            end_to_end_id: 'E2E-1',
            counterparty_name: 'Pumps & Co',
            remittance: 'RE 44/1',
            source_row: 1,
          },
          {
            amount: '-40.0000',
            status: 'booked',
            end_to_end_id: null,
            counterparty_name: null,
            remittance: 'RE 45',
            source_row: 2,
          },
          {
            amount: '-20.0000',
            status: 'booked',
            end_to_end_id: null,
            counterparty_name: null,
            remittance: 'COFFEE',
            source_row: 3,
          },
          {
            amount: '-20.0000',
            status: 'booked',
            end_to_end_id: null,
            counterparty_name: null,
            remittance: 'COFFEE',
            source_row: 4,
          },
        ],
      },
      {
        select: `select kind, amount::varchar as amount, balance_on::varchar as balance_on from bank_balance order by kind`,
        rows: [
          { kind: 'closing', amount: '860.0000', balance_on: '2026-03-02' },
          { kind: 'opening', amount: '1000.0000', balance_on: '2026-03-01' },
        ],
      },
    ],
    rejected: [{ source_row: 5, code: 'inexact_amount', column_name: 'amount' }],
  },
  'payment-platform': {
    settings: {},
    physical: 4,
    rows: [
      {
        select: `select settlement_id, kind, end_to_end_id, amount_gross::varchar as amount_gross, fee_amount::varchar as fee_amount
          from settlement order by settlement_id`,
        rows: [
          {
            settlement_id: 'T1',
            kind: 'payment',
            end_to_end_id: 'E2E-1',
            amount_gross: '100.0000',
            fee_amount: '1.5000',
          },
          {
            settlement_id: 'T2',
            kind: 'payment',
            end_to_end_id: 'E2E-2',
            amount_gross: '50.0000',
            fee_amount: '0.7500',
          },
          {
            settlement_id: 'T3',
            kind: 'payout',
            end_to_end_id: null,
            amount_gross: '-147.7500',
            fee_amount: null,
          },
        ],
      },
    ],
    rejected: [{ source_row: 4, code: 'wrong_type', column_name: 'amount_gross' }],
  },
};

describe.each(connectors.filter(({ fetch }) => fetch === undefined))('$name', ({ name }) => {
  test('has fixtures and expectations', () => {
    expect(Object.keys(expected)).toContain(name);
  });

  test('makes exactly the expected rows of its fixtures and rejects the broken one with a reason', async () => {
    const { folder, reports, of } = await landed(name);
    expect(reports.map(({ outcome }) => outcome)).toEqual(reports.map(() => 'landed'));
    const warehouse = await refreshed(folder);
    for (const { select, rows } of of.rows) expect(await warehouse.rows(select)).toEqual(rows);
    const rejected = await warehouse.rows(
      'select source_row, code, column_name from rejected order by source_row',
    );
    expect(rejected).toEqual(of.rejected);
  });

  test('accounts for every physical record', async () => {
    const { folder, reports, of } = await landed(name);
    const physical = reports.flatMap((report) =>
      Object.values(manifestOf(report).physical_records),
    );
    expect(physical.reduce((sum, count) => sum + count, 0)).toBe(of.physical);
    const warehouse = await refreshed(folder);
    const [counts] = await warehouse.rows(
      `select sum(physical)::integer as physical, sum(loaded + rejected + ignored)::integer as accounted from load_count`,
    );
    expect(counts).toEqual({ physical: of.physical, accounted: of.physical });
  });

  test('changes nothing when the same files land twice', async () => {
    const { folder, of } = await landed(name);
    const warehouse = await refreshed(folder);
    const before = warehouse.generation;
    const again = await land(
      folder,
      { name: 'source', connector: name, settings: of.settings },
      paths(name),
    );
    expect(again.map(({ outcome }) => outcome)).toEqual(again.map(() => 'unchanged'));
    await warehouse.refresh();
    expect(warehouse.generation).toBe(before);
  });
});

async function landed(name: string) {
  const of = expected[name];
  if (!of) throw new Error(`${name} has no expectations`);
  const folder = await dataFolder();
  const source = { name: 'source', connector: name, settings: of.settings };
  return { folder, of, reports: await land(folder, source, paths(name)) };
}

function paths(name: string): string[] {
  const folder = new URL(`../../ingest/connectors/${name}/fixtures/`, import.meta.url).pathname;
  return readdirSync(folder)
    .filter((file) => !file.endsWith('.json'))
    .sort()
    .map((file) => join(folder, file));
}

function fixture(name: string, file: string): string {
  return new URL(`../../ingest/connectors/${name}/fixtures/${file}`, import.meta.url).pathname;
}

/** Order of the activities in time: the vendor's invoice is dated the day before the goods came. */
function place(activity: string): number {
  return [
    'Create Purchase Order Item',
    'Vendor creates invoice',
    'Change Price',
    'Record Goods Receipt',
    'Record Invoice Receipt',
    'Clear Invoice',
  ].indexOf(activity);
}
