import { expect, test } from 'vitest';
import { readModels } from '#analytics/models.ts';
import type { Row } from '#analytics/table.ts';
import type { Warehouse } from '#analytics/warehouse.ts';
import { dataFolder, land, openPlain, type SourceRow } from '../warehouse/landed.ts';

const day = (number: number): string => new Date(Date.UTC(2026, 0, number)).toISOString();
const numbers = Array.from({ length: 40 }, (_, number) => number);

function documents(count: readonly number[], later: boolean): Record<string, SourceRow[]> {
  const isPaid = (number: number) => later || number % 3 === 0;
  return {
    invoice: count.map((number) => ({
      invoice_id: `I${number}`,
      company_id: `C${number % 2}`,
      vendor_id: `V${number % 5}`,
      currency: 'EUR',
      amount_gross: `${100 + number}.00`,
      invoiced_on: day(number).slice(0, 10),
      received_at: day(number + (later && number % 8 === 0 ? 3 : 1)),
      entered_at: number % 5 === 0 ? null : day(number + (later && number % 12 === 0 ? 4 : 2)),
      due_on: day(number + 20).slice(0, 10),
      discount_rate: number % 4 === 0 ? '0.02' : null,
      discount_on: number % 4 === 0 ? day(number + 8).slice(0, 10) : null,
    })),
    payment_request: count.map((number) => ({
      payment_request_id: `R${number}`,
      company_id: `C${number % 2}`,
      vendor_id: `V${number % 5}`,
      invoice_id: `I${later && number % 9 === 0 ? (number + 1) % 40 : number}`,
      requested_at: day(number + 2),
      currency: 'EUR',
      amount: `${100 + number}.00`,
      status: isPaid(number) ? 'paid' : 'in_approval',
      status_at: day(number + 5),
    })),
    approval_event: count.flatMap((number) =>
      (isPaid(number) ? ['submitted', 'rejected', 'approved', 'paid'] : ['submitted']).map(
        (action, sequence) => ({
          approval_event_id: `E${number}-${sequence}`,
          process: 'payment_approval',
          trace_id: `R${number}`,
          payment_request_id: `R${number}`,
          invoice_id: `I${number}`,
          sequence: String(sequence),
          activity: action,
          action,
          role: sequence === 2 && number % 2 === 0 ? 'head' : 'clerk',
          actor_id: 'P1',
          occurred_at: day(number + 2 + sequence),
        }),
      ),
    ),
    payment: count.filter(isPaid).map((number) => ({
      payment_id: `Z${number}`,
      company_id: `C${number % 2}`,
      vendor_id: `V${number % 5}`,
      invoice_id: `I${number}`,
      payment_request_id: `R${number}`,
      payment_run: number % 7 === 0 ? null : 'RUN',
      end_to_end_id: `Q${number}`,
      channel: number % 2 === 0 ? 'wire' : 'ach',
      currency: 'EUR',
      amount: `${100 + number}.00`,
      fee_amount: '0.35',
      fee_currency: 'EUR',
      executed_at: day(number + 9),
      status: later && number % 16 === 0 ? 'returned' : 'sent',
    })),
  };
}

test('KPI tables after increments are those of a rebuild', async () => {
  const folder = await dataFolder();
  const warehouse = await openPlain(folder.path, { models: readModels() });
  try {
    await land(folder.path, { extractedAt: day(60), streams: documents(numbers, false) });
    await warehouse.refresh();
    const changed = numbers.filter((number) => number % 4 === 0);
    await land(folder.path, { extractedAt: day(61), streams: documents(changed, true) });
    await warehouse.refresh();
    await land(folder.path, {
      extractedAt: day(62),
      streams: {
        bank_line: numbers.slice(3, 20).map((number) => ({
          bank_line_id: `L${number}`,
          own_account_token: 'own',
          currency: number % 6 === 0 ? 'USD' : 'EUR',
          amount: `-${100 + number}.00`,
          booked_on: day(number + 9).slice(0, 10),
          end_to_end_id: `Q${number}`,
        })),
      },
    });
    await warehouse.refresh();
    await land(folder.path, {
      extractedAt: day(63),
      streams: {
        fx_rate: [1, 20].map((number) => ({
          fx_rate_id: `X${number}`,
          rate_on: day(number).slice(0, 10),
          from_currency: 'USD',
          to_currency: 'EUR',
          rate: `0.${80 + number}`,
        })),
      },
    });
    await warehouse.refresh();
    const incremental = await kpiTables(warehouse);
    for (const [name, rows] of Object.entries(incremental))
      expect(rows.length, name).toBeGreaterThan(0);
    const exchanged = incremental['kpi_payment']?.filter((row) => row['exchanged'] === 1);
    expect(exchanged?.length).toBeGreaterThan(0);
    await warehouse.rebuild();
    expect(incremental).toEqual(await kpiTables(warehouse));
  } finally {
    await warehouse.close();
    await folder.remove();
  }
});

async function kpiTables(warehouse: Warehouse): Promise<Record<string, Row[]>> {
  const tables: Record<string, Row[]> = {};
  for (const { name } of readModels().filter((model) => model.name.startsWith('kpi_')))
    tables[name] = await warehouse.rows(`select * from ${name} order by all`);
  return tables;
}
