import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readModels } from '#analytics/models.ts';
import type { Detector } from '#analytics/detectors/detector.ts';
import type { Warehouse } from '#analytics/warehouse.ts';
import { dataFolder, land, openPlain, type LandedBatch, type SourceRow } from './landed.ts';

/** Parts of a detector that play no role here. */
const told = {
  kind: 'risk',
  definition: 'none',
  falsePositiveGuard: 'none',
  baseRate: 'not measured',
  prior_rate: 0.5,
  source: 'test',
  parameters: {},
} as const;

const answer = `company_key, vendor_key, 0.5::double as score, amount as amount_at_stake, currency,
  '[]'::json as reasons, []::uuid[] as evidence_keys, requested_at as found_as_of`;

/** Questions that divide tables alike, otherwise, and one that reads a table in full. */
const detectors: readonly Detector[] = [
  {
    ...told,
    id: 'paid_before',
    subject: 'payment_request',
    question: 'Was this vendor paid before?',
    reads: { payment_flow: 'vendor_key' },
    find: () => ({
      sql: `select vendor_key::varchar as partition_key, payment_request_key as subject_key, payment_request_key, ${answer}
        from payment_flow where payments_to_vendor_before > 0`,
    }),
  },
  {
    ...told,
    id: 'as_large_as_an_invoice',
    subject: 'payment_request',
    question: 'Is there an invoice of the vendor with this amount?',
    reads: { payment_flow: 'vendor_key', invoice_flow: 'vendor_key' },
    find: () => ({
      sql: `select vendor_key::varchar as partition_key, payment_request_key as subject_key, payment_request_key, ${answer}
        from payment_flow as request
        where exists (select 1 from invoice_flow as invoice
          where invoice.vendor_key = request.vendor_key and invoice.amount_gross = request.amount)`,
    }),
  },
  {
    ...told,
    id: 'known_person',
    subject: 'payment_request',
    question: 'Did a known person act on this request?',
    reads: { approval_step: 'payment_request_key', payment_flow: 'payment_request_key' },
    wholly: ['employee'],
    find: () => ({
      sql: `select payment_request_key::varchar as partition_key, payment_request_key as subject_key, payment_request_key, ${answer}
        from payment_flow
        where payment_request_key in (select payment_request_key from approval_step
          where actor_key in (select employee_key from employee))`,
    }),
  },
];

const small = (count: number) => fc.integer({ min: 1, max: count });
const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-01-${String(n).padStart(2, '0')}`);
const at = fc
  .tuple(day, fc.integer({ min: 0, max: 23 }))
  .map(([on, hour]) => `${on}T${String(hour).padStart(2, '0')}:00:00Z`);
const amount = fc.constantFrom('10.00', '20.00', '30.1234', '30.12345', 'many');
const currency = fc.constantFrom('EUR', 'USD', 'CNY');
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
const id = (letter: string, count: number) => small(count).map((n) => `${letter}${n}`);

const rows: Readonly<Record<string, fc.Arbitrary<SourceRow>>> = {
  employee: fc.record({
    employee_id: id('P', 3),
    name: fc.constant('P'),
    is_service_account: maybe(fc.constantFrom('true', 'false')),
    approval_limit: maybe(amount),
  }),
  vendor: fc.record({ vendor_id: id('V', 3), name: fc.constantFrom('A', 'B', '') }),
  bank_account_change: fc.record({
    bank_account_change_id: id('B', 4),
    vendor_id: id('V', 3),
    account_token: id('T', 3),
    changed_at: at,
  }),
  invoice: fc.record({
    invoice_id: id('I', 5),
    company_id: fc.constant('C1'),
    vendor_id: id('V', 3),
    currency,
    amount_gross: amount,
    invoiced_on: day,
    due_on: maybe(day),
    reversal_of_id: maybe(id('I', 5)),
  }),
  payment_request: fc.record({
    payment_request_id: id('R', 5),
    company_id: fc.constant('C1'),
    vendor_id: maybe(id('V', 3)),
    invoice_id: maybe(id('I', 5)),
    requested_at: at,
    account_token: id('T', 3),
    currency,
    amount,
    status: fc.constantFrom('in_approval', 'paid'),
  }),
  approval_event: fc.record({
    approval_event_id: id('E', 9),
    process: fc.constant('p'),
    trace_id: id('R', 4),
    payment_request_id: maybe(id('R', 5)),
    invoice_id: maybe(id('I', 5)),
    sequence: small(9).map(String),
    activity: fc.constantFrom('Submit', 'Approve', 'Reject'),
    action: fc.constantFrom('submitted', 'approved', 'rejected'),
    actor_id: maybe(id('P', 3)),
    occurred_at: at,
    currency: maybe(currency),
    amount: maybe(amount),
    time_precision: fc.constantFrom('second', 'date'),
  }),
  payment: fc.record({
    payment_id: id('Z', 5),
    company_id: fc.constant('C1'),
    vendor_id: maybe(id('V', 3)),
    invoice_id: maybe(id('I', 5)),
    payment_request_id: maybe(id('R', 5)),
    end_to_end_id: maybe(id('Q', 4)),
    account_token: maybe(id('T', 3)),
    currency,
    amount,
    executed_at: at,
    fee_amount: maybe(amount),
    fee_currency: currency,
    status: maybe(fc.constantFrom('sent', 'returned')),
  }),
  bank_line: fc.record({
    bank_line_id: id('L', 5),
    own_account_token: fc.constant('own'),
    currency,
    amount: fc.constantFrom('-10.00', '-20.00', '-30.1234', '5'),
    booked_on: day,
    end_to_end_id: maybe(id('Q', 4)),
  }),
  settlement: fc.record({
    settlement_id: id('S', 3),
    platform: fc.constant('x'),
    kind: fc.constantFrom('payment', 'fee'),
    end_to_end_id: id('Q', 4),
    currency,
    amount_gross: amount,
  }),
  fx_rate: fc.record({
    fx_rate_id: id('F', 6),
    rate_on: day,
    from_currency: fc.constantFrom('USD', 'EUR'),
    to_currency: fc.constantFrom('EUR', 'CNY'),
    rate: fc.constantFrom('0.9', '7.5'),
  }),
};

const batch: fc.Arbitrary<LandedBatch> = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.array(
      fc
        .constantFrom(...Object.keys(rows))
        .chain((stream) =>
          fc
            .array(rows[stream] ?? fc.constant({}), { minLength: 1, maxLength: 5 })
            .map((some) => ({ stream, some })),
        ),
      { minLength: 1, maxLength: 5 },
    ),
  )
  .map(([hour, streams]) => ({
    extractedAt: `2026-02-01T0${hour}:00:00.000Z`,
    streams: Object.fromEntries(streams.map(({ stream, some }) => [stream, some])),
  }));

/** Batches, an order of arrival with repeats, and after which arrivals the warehouse refreshes. */
const arrivals = fc.array(batch, { minLength: 2, maxLength: 6 }).chain((batches) =>
  fc.record({
    batches: fc.constant(batches),
    order: fc
      .shuffledSubarray([...batches.keys()], { minLength: batches.length })
      .chain((order) =>
        fc.array(fc.constantFrom(...order), { maxLength: 2 }).map((again) => [...order, ...again]),
      ),
    refreshAfter: fc.array(fc.boolean(), {
      minLength: batches.length + 2,
      maxLength: batches.length + 2,
    }),
  }),
);

test(
  'shuffled, split and repeated arrivals give the same tables as a rebuild',
  { timeout: 300_000 },
  async () => {
    const models = readModels().filter(({ name }) => !name.startsWith('kpi_'));
    const options = { models, checks: [], detectors, memoryLimitMb: 200 };
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ batches, order, refreshAfter }) => {
        const folder = await dataFolder();
        const warehouse = await openPlain(folder.path, options);
        try {
          for (const [position, index] of order.entries()) {
            const arrived = batches[index];
            if (arrived) await land(folder.path, arrived);
            if (refreshAfter[position]) await warehouse.refresh();
          }
          await warehouse.refresh();
          const incremental = await fingerprints(warehouse);
          await warehouse.rebuild();
          expect(incremental).toEqual(await fingerprints(warehouse));
        } finally {
          await warehouse.close();
          await folder.remove();
        }
      }),
      {
        numRuns: Number(process.env['QUITTANCE_RUNS'] ?? 6),
        seed: Number(process.env['QUITTANCE_SEED'] ?? 7),
      },
    );
  },
);

/** Row count and content hash of every table; the count of publishings is the one thing that may differ. */
async function fingerprints(warehouse: Warehouse): Promise<Record<string, string>> {
  const tables = await warehouse.rows(
    `select table_name from duckdb_tables() where schema_name = 'main' and not temporary order by 1`,
  );
  const found: Record<string, string> = {};
  for (const { table_name } of tables) {
    if (table_name === 'warehouse_state' || table_name === 'model_version') continue;
    const [row] = await warehouse.rows(
      `select count(*) as rows, coalesce(sum(hash(t)::hugeint), 0)::varchar as content from ${String(table_name)} as t`,
    );
    found[String(table_name)] = JSON.stringify(row);
  }
  return found;
}
