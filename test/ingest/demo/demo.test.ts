import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateDemo } from '#ingest/demo/demo.ts';

let folder = '';
let database: DuckDBInstance;
let connection: DuckDBConnection;

/** Small enough for a test, large enough for rates: about 16,000 invoices. */
const scale = 0.25;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quittance-demo-'));
  await generateDemo({ seed: 7, scale, folder: join(folder, 'company') });
  database = await DuckDBInstance.create(':memory:');
  connection = await database.connect();
  for (const file of await readdir(join(folder, 'company', 'erp'))) {
    await connection.run(
      `create view ${file.replace('.csv', '')} as from read_csv('${join(folder, 'company', 'erp', file)}', all_varchar = true)`,
    );
  }
  await connection.run(
    `create view answer_key as from read_csv('${join(folder, 'company', 'answer-key.csv')}', all_varchar = true)`,
  );
  await connection.run(`create table step as
    select
      "Request No." as request, "Activity" as activity, "Action" as action, "Role" as role,
      lag("Action") over earlier as action_before,
      (epoch("Decided At (UTC)"::timestamp) - epoch(lag("Decided At (UTC)"::timestamp) over earlier)) / 86400 as wait_days
    from approval_log
    window earlier as (partition by "Request No." order by "Sequence"::bigint)`);
}, 120_000);

afterAll(async () => {
  connection.closeSync();
  database.closeSync();
  await rm(folder, { recursive: true, force: true });
});

describe('the demo company', () => {
  it('is the same to the byte for the same seed, and another for another seed', async () => {
    const [first, again, other] = await Promise.all(
      [7, 7, 8].map(async (seed, index) => {
        const company = join(folder, `seed-${String(index)}`);
        await generateDemo({ seed, scale: 0.02, folder: company });
        return hashes(company);
      }),
    );
    expect(again).toEqual(first);
    expect(Object.keys(other ?? {})).toEqual(Object.keys(first ?? {}));
    expect(other?.['erp/invoices.csv']).not.toBe(first?.['erp/invoices.csv']);
    expect(Object.keys(first ?? {})).toHaveLength(88);
  });

  it('refuses a seed or a scale that is none', async () => {
    await expect(generateDemo({ seed: 1.5, scale: 1, folder })).rejects.toThrow('--seed');
    await expect(generateDemo({ seed: 1, scale: 0, folder })).rejects.toThrow('--scale');
  });

  it('leaves only files of the systems and the answer key', async () => {
    expect((await readdir(join(folder, 'company'))).sort()).toEqual([
      'answer-key.csv',
      'bank',
      'erp',
      'platform',
    ]);
  });
});

describe('incidents', () => {
  it('has at least 20 kinds with at least 8 instances and 1.5 benign twins for each', async () => {
    const kinds = await rows(`select kind,
        count(distinct incident_id) filter (twin = 'false') as incidents,
        count(distinct incident_id) filter (twin = 'true') as twins
      from answer_key group by kind`);
    expect(kinds.length).toBeGreaterThanOrEqual(20);
    for (const { kind, incidents, twins } of kinds) {
      expect(Number(incidents), String(kind)).toBeGreaterThanOrEqual(8);
      expect(Number(twins), String(kind)).toBeGreaterThanOrEqual(1.5 * Number(incidents));
    }
  });

  it('names subjects that exist', async () => {
    expect(
      await rows(`select * from answer_key
        where (subject = 'payment_request' and subject_id not in (select "Request No." from payment_requests))
          or (subject = 'invoice' and subject_id not in (select "Document No." from invoices))`),
    ).toEqual([]);
  });

  it('has some of both open today', async () => {
    const [open] =
      await rows(`select count(distinct incident_id) filter (twin = 'false') as incidents,
      count(distinct incident_id) filter (twin = 'true') as twins from answer_key where is_open = 'true'`);
    expect(Number(open?.['incidents'])).toBeGreaterThanOrEqual(20);
    expect(Number(open?.['twins'])).toBeGreaterThanOrEqual(35);
  });

  it('repeats vendor, number and amount nowhere but where the answer key says so', async () => {
    expect(
      await rows(`with repeated as (
          select list("Document No." order by "Document No."::bigint) as documents from invoices
          group by "Vendor No.", upper(regexp_replace("Invoice No.", '[^A-Za-z0-9]', '', 'g')), "Gross Amount"
          having count(*) > 1
        )
        select * from repeated
        where not exists (select 1 from answer_key where list_contains(documents, subject_id))`),
    ).toEqual([]);
  });
});

describe('references between files', () => {
  it.each([
    ['invoices', 'Vendor No.', 'vendors', 'Vendor No.'],
    ['invoices', 'PO No.', 'purchase_orders', 'PO No.'],
    ['invoices', 'Reversal Of', 'invoices', 'Document No.'],
    ['invoices', 'Entered By', 'users', 'User ID'],
    ['payment_requests', 'Document No.', 'invoices', 'Document No.'],
    ['payment_requests', 'Requested By', 'users', 'User ID'],
    ['payment_requests', 'Payee Account', 'vendor_bank_changes', 'New Account'],
    ['approval_log', 'Request No.', 'payment_requests', 'Request No.'],
    ['approval_log', 'User', 'users', 'User ID'],
    ['approval_log', 'On Behalf Of', 'users', 'User ID'],
    ['payments', 'Request No.', 'payment_requests', 'Request No.'],
    ['vendors', 'Created By', 'users', 'User ID'],
    ['vendor_bank_changes', 'Vendor No.', 'vendors', 'Vendor No.'],
    ['users', 'Manager', 'users', 'User ID'],
  ])('%s "%s" leads to %s', async (file, column, target, key) => {
    expect(
      await rows(`select distinct "${column}" from ${file} as child
        where "${column}" is not null and not exists (select 1 from ${target} as parent where parent."${key}" = child."${column}") limit 3`),
    ).toEqual([]);
  });
});

// Planted requests pass in one clean round, which at this scale lowers the rates of refusal a little.
describe('measured figures', () => {
  it.each<[what: string, sql: string, low: number, high: number]>([
    ['invoices per scale', `select count(*) / ${String(scale)} from invoices`, 55_000, 68_000],
    [
      'months',
      `select date_diff('month', min("Received At (UTC)"::timestamp), max("Received At (UTC)"::timestamp)) from invoices`,
      23,
      24,
    ],
    ['Submitted to administration, mean days (1.01)', wait('Approved by administration'), 0.6, 1.2],
    [
      'administration to team lead, median days (0.86 to 1.08)',
      wait('Approved by team lead', 'median'),
      0.7,
      1.3,
    ],
    [
      'administration to budget owner, median days (1.1)',
      wait('Approved by budget owner', 'median'),
      0.7,
      1.4,
    ],
    [
      'approved to payment requested, median days (1.13)',
      wait('Payment requested', 'median'),
      0.6,
      1.5,
    ],
    ['payment requested to paid, median days (3.24)', wait('Paid', 'median'), 2.9, 3.6],
    ['payment requested to paid, mean days (3.57)', wait('Paid'), 3.1, 3.9],
    [
      'rejected to submitted again, median days (0.74)',
      `select median(wait_days) from step where action = 'submitted' and action_before = 'rejected'`,
      0.5,
      1.2,
    ],
    ['administration rejects (10.4 %)', rejected('administration'), 0.065, 0.12],
    ['budget owner rejects (2.0 %)', rejected('budget_owner'), 0.012, 0.035],
    ['team lead rejects (2.8 %)', rejected('team_lead'), 0.015, 0.035],
    [
      'paid after one submission (90.2 %)',
      `select avg((submissions = 1)::int) from (
        select request, count(*) filter (action = 'submitted') as submissions from step group by request
        having bool_or(action = 'paid') and bool_or(role = 'administration'))`,
      0.87,
      0.95,
    ],
    [
      'received at a weekend (14.8 %)',
      `select avg((isodow("Received At (UTC)"::timestamp) >= 6)::int) from invoices where "Company Code" = '1000'`,
      0.12,
      0.17,
    ],
    [
      'receipt to entry, median hours (12)',
      `select median(epoch("Entered At (UTC)"::timestamp) - epoch("Received At (UTC)"::timestamp)) / 3600 from invoices`,
      6,
      18,
    ],
    [
      'whole amounts (22.1 %)',
      `select avg(("Gross Amount"::decimal(18, 2) % 1 = 0)::int) from invoices where "Gross Amount"::decimal(18, 2) > 0`,
      0.19,
      0.26,
    ],
    [
      'amounts in hundreds (2.3 %)',
      `select avg(("Gross Amount"::decimal(18, 2) % 100 = 0)::int) from invoices where "Gross Amount"::decimal(18, 2) > 0`,
      0.015,
      0.035,
    ],
    [
      'vendors paid once (75 %)',
      `select avg((invoices = 1)::int) from (select count(*) as invoices from invoices group by "Vendor No.")`,
      0.6,
      0.8,
    ],
    [
      'share of the largest fifth of vendors',
      `select sum(invoices) filter (place <= 0.2 * vendors) / sum(invoices) from (
        select invoices, row_number() over (order by invoices desc) as place, count(*) over () as vendors
        from (select count(*) as invoices from invoices group by "Vendor No."))`,
      0.75,
      0.92,
    ],
    [
      'run payments on Monday or Thursday between 17 and 18',
      `select avg((isodow(local_at) in (1, 4) and hour(local_at) = 17)::int) from (
        select timezone('Europe/Amsterdam', timezone('UTC', "Executed At (UTC)"::timestamp)) as local_at from payments where "Run" is not null and "Company Code" = '1000')`,
      1,
      1,
    ],
    ['payments outside runs', `select avg(("Run" is null)::int) from payments`, 0.03, 0.11],
    [
      'discounts taken',
      `select avg(("Discount Taken"::decimal(18, 2) > 0)::int) from payments join invoices using ("Document No.") where "Discount Rate" is not null`,
      0.7,
      0.92,
    ],
    [
      'paid late',
      `select avg((strptime("Due Date", '%d.%m.%Y') < "Executed At (UTC)"::date)::int) from payments join invoices using ("Document No.")`,
      0.04,
      0.15,
    ],
  ])('%s', async (_what, sql, low, high) => {
    const [[value] = []] = (await connection.runAndReadAll(sql)).getRows();
    expect(Number(value)).toBeGreaterThanOrEqual(low);
    expect(Number(value)).toBeLessThanOrEqual(high);
  });
});

describe('bank statements', () => {
  it('add up from opening to closing and from month to month', async () => {
    const bank = join(folder, 'company', 'bank');
    const closings = new Map<string, bigint>();
    for (const file of (await readdir(bank)).sort()) {
      const text = await readFile(join(bank, file), 'utf8');
      const account = file.slice(0, 4);
      const opening = balance(text, 'OPBD');
      const closing = balance(text, 'CLBD');
      const entries = [
        ...text.matchAll(
          /<Ntry><NtryRef>\d+<\/NtryRef><Amt Ccy="[A-Z]{3}">([\d.]+)<\/Amt><CdtDbtInd>(CRDT|DBIT)/g,
        ),
      ];
      const total = entries.reduce((sum, [, amount = '', sign]) => sum + minor(amount, sign), 0n);
      expect(entries.length, file).toBe(text.split('<Ntry>').length - 1);
      expect(opening + total, file).toBe(closing);
      expect(closings.get(account) ?? opening, file).toBe(opening);
      closings.set(account, closing);
    }
    expect(closings.size).toBe(3);
  });

  it('carry the reference of nearly every payment through the bank', async () => {
    const bank = join(folder, 'company', 'bank');
    const references = new Set<string>();
    for (const file of await readdir(bank)) {
      const text = await readFile(join(bank, file), 'utf8');
      for (const [, reference = ''] of text.matchAll(/<EndToEndId>(E2E\d+)</g))
        references.add(reference);
    }
    const sent = await rows(`select "End-to-End ID" as reference from payments
      where "Payment Method" not in ('payment_platform', 'other') and "Status" = 'settled'`);
    const missing = sent.filter(({ reference }) => !references.has(String(reference)));
    expect(missing.length / sent.length).toBeLessThan(0.015);
  });
});

/** Wait before an activity in requests that people decide, in calendar days. */
function wait(activity: string, aggregate = 'avg'): string {
  return `select ${aggregate}(wait_days) from step where activity = '${activity}' and action_before <> 'auto_approved'
    and request in (select request from step where role = 'administration')`;
}

function rejected(role: string): string {
  return `select avg((action = 'rejected')::int) from step where role = '${role}' and action in ('approved', 'final_approved', 'rejected')`;
}

async function rows(sql: string) {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

function balance(text: string, code: string): bigint {
  const [, amount = '', sign] =
    new RegExp(
      `<Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="[A-Z]{3}">([\\d.]+)</Amt><CdtDbtInd>(CRDT|DBIT)`,
    ).exec(text) ?? [];
  return minor(amount, sign);
}

function minor(amount: string, sign: string | undefined): bigint {
  return BigInt(amount.replace('.', '')) * (sign === 'DBIT' ? -1n : 1n);
}

async function hashes(company: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(company, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(company.length + 1)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return Object.fromEntries(Object.entries(found).sort());
}
