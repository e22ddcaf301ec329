import { afterEach, beforeEach, expect, test } from 'vitest';
import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import type { KpiScope } from '#analytics/kpis/kpi.ts';
import { bucketsOf, nextBucket, previousScope } from '#analytics/kpis/period.ts';
import { kpiByDimension, kpiRows, kpiSeries, kpiValue } from '#analytics/kpis/query.ts';
import { key, SmallMarts } from '../small-marts.ts';

const november: KpiScope = {
  company_keys: null,
  from: '2026-11-01',
  to: '2026-12-01',
  asOf: '2026-11-19T12:00:00.000Z',
};
let marts: SmallMarts;
beforeEach(async () => {
  marts = await SmallMarts.open();
});
afterEach(() => marts.close());

type Cells = Record<string, string | number | boolean | null>;
const invoice = (name: string, cells: Cells): Cells => ({
  invoice_key: key(name),
  invoice_number: name,
  company_key: key('north'),
  vendor_key: key('acme'),
  document_type: 'invoice',
  amount_gross: '100.0000',
  amount_base: '100.0000',
  received_at: '2026-11-02T23:30:00',
  ...cells,
});
async function value(id: string, scope: KpiScope = november) {
  return kpiValue(marts.warehouse, { ...kpiNamed(id), minimumCount: 0 }, scope);
}

test('on time: the unpaid count, days not over do not, the due day itself is in time', async () => {
  await marts.insert('invoice_flow', [
    invoice('in time', { due_on: '2026-11-10', paid_on: '2026-11-10' }),
    invoice('late', { due_on: '2026-11-10', paid_on: '2026-11-11' }),
    invoice('unpaid', { due_on: '2026-11-18' }),
    invoice('due today', { due_on: '2026-11-19' }),
    invoice('not due yet', { due_on: '2026-11-28', paid_on: '2026-11-12' }),
    invoice('no due date', { paid_on: '2026-11-12' }),
    invoice('credit', { due_on: '2026-11-10', amount_gross: '-100.0000', document_type: 'credit' }),
    invoice('reversed', { due_on: '2026-11-10', is_reversed: true }),
  ]);
  await marts.derive('kpi_');
  expect(await value('on_time_rate')).toMatchObject({
    count: 3,
    numerator: '1.0000',
    value: 1 / 3,
  });
});

test('touchless: an unknown history is neither touched nor untouched', async () => {
  await marts.insert('invoice_flow', [
    invoice('untouched', { paid_on: '2026-11-10', human_touches: 0 }),
    invoice('touched', { paid_on: '2026-11-10', human_touches: 2 }),
    invoice('unknown', { paid_on: '2026-11-10', human_touches: null }),
    invoice('unpaid', { human_touches: 0 }),
  ]);
  await marts.derive('kpi_');
  expect(await value('touchless_rate')).toMatchObject({ count: 2, value: 0.5 });
});

test('discounts: unpaid past the day is missed, an unknown one is left out', async () => {
  const offer = { discount_on: '2026-11-10', discount_amount_base: '2.0000' };
  await marts.insert('invoice_flow', [
    invoice('taken', { ...offer, paid_on: '2026-11-09', discount_taken_base: '2.0000' }),
    invoice('in part', { ...offer, paid_on: '2026-11-09', discount_taken_base: '0.5000' }),
    invoice('unpaid', offer),
    invoice('unknown', { ...offer, paid_on: '2026-11-09', discount_taken_base: null }),
    invoice('still open', { ...offer, discount_on: '2026-11-19' }),
  ]);
  await marts.derive('kpi_');
  expect(await value('discount_capture')).toMatchObject({
    count: 3,
    numerator: '2.5000',
    denominator: '6.0000',
    value: 2.5 / 6,
  });
  expect(await value('discount_missed')).toMatchObject({ amount: '3.5000' });
  const rows = await kpiRows(marts.warehouse, kpiNamed('discount_missed'), november, {
    limit: 10,
    offset: 0,
    only: 'numerator',
  });
  expect(rows.rows.map((row) => [row['invoice_number'], row['kpi_numerator']])).toEqual([
    ['unpaid', '2.0000'],
    ['in part', '1.5000'],
  ]);
});

test('cycle time counts what is still open, on the cohort of receipt', async () => {
  await marts.insert('invoice_flow', [
    invoice('four days', { paid_on: '2026-11-06' }),
    invoice('six days', { paid_on: '2026-11-08' }),
    invoice('open', {}),
    invoice('received before', { received_at: '2026-10-02T00:00:00', paid_on: '2026-11-08' }),
  ]);
  await marts.derive('kpi_');
  const cycle = await value('invoice_cycle_time');
  expect(cycle).toMatchObject({ count: 3, open: 1, p90: null, immature: true });
  // Survival 2/3 after day 4, 1/3 after day 6: half is reached in the middle of day 6.
  expect(cycle.value).toBeCloseTo(6, 9);
});

test('days payable are weighted by amount', async () => {
  await marts.insert('invoice_flow', [
    invoice('small', { invoiced_on: '2026-11-01', due_on: '2026-12-01', paid_on: '2026-11-11' }),
    invoice('large', {
      invoiced_on: '2026-11-01',
      due_on: '2026-11-15',
      paid_on: '2026-11-13',
      amount_base: '300.0000',
    }),
    invoice('no rate', { invoiced_on: '2026-01-01', paid_on: '2026-11-11', amount_base: null }),
  ]);
  await marts.derive('kpi_');
  expect(await value('days_payable_outstanding')).toMatchObject({ count: 2, value: 11.5 });
  expect(await value('payment_terms')).toMatchObject({ count: 2, value: 18 });
});

test('fees in basis points by channel, of the payments whose fee is known', async () => {
  const payment = (name: string, channel: string, fee_base: string | null): Cells => ({
    payment_key: key(name),
    company_key: key('north'),
    channel,
    amount: '1000.0000',
    amount_base: '1000.0000',
    fee_base,
    executed_on: '2026-11-05',
  });
  await marts.insert('payment_fact', [
    payment('p1', 'wire', '1.5000'),
    payment('p2', 'sepa_credit_transfer', '0.0000'),
    payment('p3', 'sepa_credit_transfer', null),
  ]);
  await marts.derive('kpi_');
  const fees = { ...kpiNamed('fee_cost'), minimumCount: 0 };
  expect(await value('fee_cost')).toMatchObject({ count: 2, value: 7.5 });
  const parts = await kpiByDimension(marts.warehouse, fees, november, 'channel');
  expect(parts.map(({ part, value: bps }) => [part, bps])).toEqual([
    ['sepa_credit_transfer', 0],
    ['wire', 15],
  ]);
});

test('the queue is that of the last moment of the period, and 0 only once requests are known', async () => {
  const request = (name: string, requested_at: string, cells: Cells): Cells => ({
    payment_request_key: key(name),
    company_key: key('north'),
    amount: '10.0000',
    requested_at,
    ...cells,
  });
  await marts.insert('payment_flow', [
    request('waits', '2026-11-03T10:00:00', { status: 'in_approval' }),
    request('held', '2026-11-09T10:00:00', { status: 'held' }),
    request('draft', '2026-11-09T10:00:00', { status: 'draft' }),
    request('decided', '2026-11-04T10:00:00', {
      status: 'approved',
      last_approved_at: '2026-11-12T08:00:00',
    }),
    request('refused', '2026-11-04T10:00:00', {
      status: 'rejected',
      status_at: '2026-11-05T08:00:00',
    }),
  ]);
  await marts.derive('kpi_');
  expect(await value('queue_length')).toMatchObject({ value: 2 });
  expect(await value('queue_length', { ...november, to: '2026-11-11' })).toMatchObject({
    value: 3,
  });
  expect(
    await value('queue_length', { ...november, from: '2026-10-01', to: '2026-11-01' }),
  ).toMatchObject({
    value: null,
  });
  expect((await value('queue_age')).value).toBeCloseTo(13, 9);
  const week = await kpiSeries(marts.warehouse, kpiNamed('queue_length'), november, 'week');
  expect(week.map(({ bucket, value: length }) => [bucket, length])).toEqual([
    ['2026-10-26', null],
    ['2026-11-02', 2],
    ['2026-11-09', 2],
    ['2026-11-16', 2],
    ['2026-11-23', null],
    ['2026-11-30', null],
  ]);
});

test('too few rows say so instead of a rate', async () => {
  await marts.insert('invoice_flow', [
    invoice('one', { due_on: '2026-11-10', paid_on: '2026-11-10' }),
  ]);
  await marts.derive('kpi_');
  expect(await kpiValue(marts.warehouse, kpiNamed('on_time_rate'), november)).toMatchObject({
    value: null,
    low: null,
    tooFew: true,
    count: 1,
  });
});

test('a dimension the KPI does not have is refused with those it has', async () => {
  await expect(
    kpiByDimension(marts.warehouse, kpiNamed('fee_cost'), november, 'role'),
  ).rejects.toThrow(
    'kpi fee_cost has no dimension "role"; expected one of company, vendor, channel',
  );
});

test('values of filters are bound, never run', async () => {
  const odd = await kpiValue(marts.warehouse, kpiNamed('on_time_rate'), november, {
    category: "x' or 1=1; drop table invoice; --",
  });
  expect(odd.count).toBe(0);
});

test('buckets are whole days, ISO weeks and months, across leap day and year end', () => {
  const scope = { ...november, from: '2028-02-28', to: '2028-03-02' };
  expect(bucketsOf(scope, 'day')).toEqual(['2028-02-28', '2028-02-29', '2028-03-01']);
  expect(bucketsOf(scope, 'month')).toEqual(['2028-02-01', '2028-03-01']);
  expect(bucketsOf({ ...scope, from: '2027-01-01', to: '2027-01-05' }, 'week')).toEqual([
    '2026-12-28',
    '2027-01-04',
  ]);
  expect(nextBucket('2026-12-01', 'month')).toBe('2027-01-01');
  expect(() => bucketsOf({ ...scope, from: '2000-01-01' }, 'day')).toThrow('take a coarser grain');
  expect(previousScope(november)).toMatchObject({ from: '2026-10-02', to: '2026-11-01' });
});
