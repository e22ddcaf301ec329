import { createHash } from 'node:crypto';
import { createReadStream, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWarehouse, type Warehouse } from '#analytics/warehouse.ts';
import { writeConfiguration } from '#ingest/configuration.ts';
import { landFiles, listBatches, type LandReport } from '#ingest/land.ts';
import { endLimit_ms, startLimit_ms, startProductOn } from './running-product.ts';

/** Public data beside the repository; not part of it. */
const shared = new URL('../../../shared/data/', import.meta.url).pathname;
const isThere = existsSync(shared);
const minutes = 60_000;

describe.skipIf(!isThere)(
  'real exports go through the same doors into one warehouse (needs ../shared/data)',
  () => {
    const folder = isThere ? mkdtempSync(join(tmpdir(), 'quittance-real-')) : '';
    const reports: Record<string, LandReport[]> = {};
    let warehouse: Warehouse;

    const sapFiles = globSync(join(shared, 'process/p2p/sap_tables/*.csv')).sort();
    const spending = globSync(join(shared, 'domain/sheffield/*.csv')).sort();
    const requests = join(shared, 'process/parquet/RequestForPayment.parquet');
    const statements = globSync(join(shared, 'formats/camt.053/**/*.xml')).sort();

    // Published samples are anonymised: many of the statements do not add up.
    const sources = [
      { name: 'sap', connector: 'sap-tables', settings: {}, paths: sapFiles },
      {
        name: 'council',
        connector: 'files',
        settings: {
          mapping: 'council-spending',
          parameters: { company: 'Sheffield City Council' },
        },
        paths: spending,
      },
      {
        name: 'university',
        connector: 'files',
        paths: [requests],
        settings: {
          mapping: 'event-log',
          parameters: {
            company: 'University',
            currency: 'EUR',
            role: 'org:role',
            sequence: 'event_index',
            amount: '(case)_RequestedAmount',
            amount_decimals: '2',
          },
        },
      },
      { name: 'bank', connector: 'camt053', settings: { balance: 'warn' }, paths: statements },
    ];

    beforeAll(async () => {
      for (const { paths, ...source } of sources)
        reports[source.name] = await landFiles({
          dataFolder: folder,
          source,
          paths,
          extractedAt: '2019-12-31T00:00:00.000Z',
        });
      warehouse = await openWarehouse({
        dataFolder: folder,
        accountSecret: 'test',
        groupCurrency: 'EUR',
      });
      await warehouse.refresh();
    }, 10 * minutes);

    afterAll(async () => {
      await warehouse.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function one(sql: string): Promise<unknown> {
      const [row] = await warehouse.rows(sql);
      return Object.values(row ?? {})[0];
    }

    test('every physical record of every file is loaded, rejected or ignored with a reason', async () => {
      const open = await warehouse.rows(
        'select source, stream, physical, loaded, rejected, ignored from load_count where physical <> loaded + rejected + ignored',
      );
      expect(open).toEqual([]);
      expect(await one(`select count(*)::integer from batch where status = 'held'`)).toBe(0);
    });

    test(
      'the purchase-to-pay sample in SAP tables becomes the event log it was made of, event by event',
      async () => {
        const truth = await countedEvents(
          join(shared, 'process/p2p/bpi2019_sample_ground_truth_log.csv'),
        );
        const ours = new Map<string, number>();
        for (const row of await warehouse.rows(
          `select trace_id, activity, strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.000Z') as at, count(*)::integer as n
       from approval_event where source = 'sap' group by all`,
        ))
          ours.set(`${row['trace_id']} ${row['activity']} ${row['at']}`, Number(row['n']));
        expect([...truth.values()].reduce((sum, count) => sum + count, 0)).toBe(6964);
        expect(new Map([...ours].sort())).toEqual(new Map([...truth].sort()));
        expect(
          await one(
            `select count(distinct trace_id)::integer from approval_step where process = 'purchase_to_pay'`,
          ),
        ).toBe(300);
      },
      minutes,
    );

    test('its invoices and payments tie out with the tables', async () => {
      const invoices = await columnTotal(join(shared, 'process/p2p/sap_tables/rbkp.csv'), 'RMWWR');
      const payments = await columnTotal(join(shared, 'process/p2p/sap_tables/bseg.csv'), 'DMBTR');
      expect(
        await warehouse.rows(
          `select count(*)::integer as n, sum(amount_gross)::decimal(18,2)::varchar as total from invoice where source = 'sap'`,
        ),
      ).toEqual([{ n: invoices.rows, total: text(invoices.cents) }]);
      expect(
        await warehouse.rows(
          `select count(*)::integer as n, sum(amount)::decimal(18,2)::varchar as total from payment where source = 'sap'`,
        ),
      ).toEqual([{ n: payments.rows, total: text(payments.cents) }]);
    });

    test(
      'the council’s charges become one invoice per document with the same total',
      async () => {
        const charges = await Promise.all(spending.map(councilTotal));
        const cents = charges.reduce((sum, file) => sum + file.cents, 0n);
        const rows = charges.reduce((sum, file) => sum + file.rows, 0);
        expect(
          await warehouse.rows(
            `select sum(amount_gross)::decimal(18,2)::varchar as total, min(currency) as currency from invoice where source = 'council'`,
          ),
        ).toEqual([{ total: text(cents), currency: 'GBP' }]);
        expect(
          await one(`select sum(loaded)::integer from load_count where source = 'council'`),
        ).toBe(rows);
        const [january] = (await listBatches(folder)).filter(({ files }) =>
          files.some(({ name }) => name === '2015-01.csv'),
        );
        const first = await one(
          `select count(*)::integer from invoice where batch_id = '${january?.batch_id ?? ''}'`,
        );
        expect(first).toBe(charges[0]?.documents.size);
      },
      minutes,
    );

    test('invoices the council paid twice are listed with their evidence', async () => {
      const [finding] = await warehouse.rows(
        `select finding.detector, len(finding.evidence_keys)::integer as evidence, finding.reasons::varchar as reasons
       from finding join invoice on invoice.invoice_key = finding.subject_key
       where invoice.source = 'council' and finding.detector = 'duplicate_invoice_exact' limit 1`,
      );
      expect(Number(finding?.['evidence'])).toBeGreaterThan(0);
      expect(String(finding?.['reasons']).length).toBeGreaterThan(2);
    });

    test(
      'the approval log keeps every event, activity and amount',
      async () => {
        const truth = await parquetFacts(requests);
        const activities = await warehouse.rows(
          `select activity, count(*)::integer as n from approval_step where source = 'university' group by all order by n desc, activity`,
        );
        expect(activities.map(({ activity, n }) => `${activity} ${n}`)).toEqual(truth.activities);
        expect(
          await one(`select count(*)::integer from payment_request where source = 'university'`),
        ).toBe(truth.cases);
        expect(
          await one(`select sum(amount)::varchar from payment_request where source = 'university'`),
        ).toBe(truth.total);
        expect(await one(`select count(*)::integer from payment where source = 'university'`)).toBe(
          truth.paid,
        );
      },
      minutes,
    );

    test(
      'every bank statement loads, and each file’s lines make its entries',
      async () => {
        const refused = (reports['bank'] ?? []).filter(({ outcome }) => outcome === 'refused');
        // A document without any statement in it: not valid by its schema either.
        expect(refused.map(({ files }) => files)).toEqual([['valid_namespace.xml']]);
        const instance = await DuckDBInstance.create();
        const connection = await instance.connect();
        const batches = (await listBatches(folder)).filter(({ source }) => source === 'bank');
        for (const path of statements) {
          const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
          const batch = batches.find(({ files }) => files[0]?.sha256 === sha256);
          if (!batch) continue;
          const result = await connection.runAndReadAll(
            `select coalesce(sum(if(credit_debit = 'DBIT', -1, 1) * amount::decimal(30, 5)), 0)::varchar, count(distinct (statement, entry))::integer
         from read_parquet('${join(folder, 'raw', 'bank', batch.batch_id, 'entry.parquet')}')`,
          );
          const [sum, entries] = result.getRowsJson()[0] ?? [];
          const facts = entryFacts(readFileSync(path, 'utf8'));
          expect({ path, sum: Number(sum), entries: Number(entries) }).toEqual({
            path,
            sum: facts.sum,
            entries: facts.entries,
          });
        }
        connection.closeSync();
        instance.closeSync();
        expect(Number(await one('select count(*)::integer from bank_line'))).toBeGreaterThan(50);
      },
      minutes,
    );

    test(
      'the dashboard works on it: every page, the map of each log, duplicates with their evidence',
      async () => {
        await warehouse.close();
        await writeConfiguration(folder, { group_currency: 'EUR', sources });
        const product = await startProductOn(folder);
        try {
          const page = await product.browser.newPage();
          const problems: string[] = [];
          page.on('pageerror', (error) => problems.push(error.message));
          const open = async (path: string): Promise<string> => {
            const answer = await page.goto(product.url + path);
            expect([path, answer?.status()]).toEqual([path, 200]);
            return page.innerText('main');
          };
          await product.signIn(page, 'cfo');
          for (const path of [
            '/overview',
            '/payments',
            '/strategy',
            '/data',
            '/audit',
            '/reports',
          ]) {
            await open(path);
          }
          expect(await open('/approvals?process=payment_approval')).toContain('Payment Handled');
          expect(await open('/approvals?process=purchase_to_pay')).toContain('Clear Invoice');
          expect(await open('/triage')).toContain('Why it was flagged');
          expect(problems).toEqual([]);
        } finally {
          await product.stop();
        }
      },
      startLimit_ms + endLimit_ms,
    );
  },
);

/** How often each case, activity and time occurs in an event log. */
async function countedEvents(path: string): Promise<Map<string, number>> {
  const events = new Map<string, number>();
  for await (const row of records(path)) {
    const key = `${row['case_id']} ${row['activity']} ${row['timestamp']}`;
    events.set(key, (events.get(key) ?? 0) + 1);
  }
  return events;
}

/** The council renamed its columns between quarters. */
async function councilTotal(path: string) {
  const [head = ''] = readFileSync(path, 'utf8').split('\n', 1);
  return columnTotal(path, head.includes('Invoiced Value') ? 'Invoiced Value' : 'Value');
}

async function columnTotal(path: string, column: string) {
  let rows = 0;
  let cents = 0n;
  const documents = new Set<string>();
  for await (const row of records(path)) {
    rows++;
    const [whole = '0', fraction = ''] = (row[column] ?? '').replace('-', '').split('.');
    const value = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0').slice(0, 2));
    cents += row[column]?.startsWith('-') ? -value : value;
    documents.add(
      [row['Document No'], row['Supplier Name'], row['Invoice No'], row['GL Date']].join('|'),
    );
  }
  return { rows, cents, documents };
}

function records(path: string): AsyncIterable<Record<string, string>> {
  return createReadStream(path).pipe(parse({ columns: true, bom: true }));
}

function text(cents: bigint): string {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

async function parquetFacts(path: string) {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  const activities = await rows(
    `select "concept:name", count(*)::integer as n from '${path}' group by all order by n desc, 1`,
  );
  const [facts] = await rows(
    `select count(*)::integer, sum(amount)::varchar, sum(paid)::integer from (
       select "case:concept:name", round(min("(case)_RequestedAmount")::decimal(38, 18), 2)::decimal(18, 4) as amount,
         max(if("concept:name" = 'Payment Handled', 1, 0)) as paid
       from '${path}' group by 1)`,
  );
  connection.closeSync();
  instance.closeSync();
  const [cases, total, paid] = facts ?? [];
  return {
    activities: activities.map(([name, n]) => `${String(name)} ${String(n)}`),
    cases,
    total,
    paid,
  };
}

/** Entries of a statement, read by hand. */
function entryFacts(xml: string): { entries: number; sum: number } {
  const entries = xml.match(/<Ntry>[\s\S]*?<\/Ntry>/gu) ?? [];
  let units = 0n;
  for (const entry of entries) {
    const [, whole = '0', fraction = ''] =
      /<Amt Ccy="[A-Z]{3}">\s*(\d+)(?:\.(\d+))?/u.exec(entry) ?? [];
    const value = BigInt(whole) * 100_000n + BigInt(fraction.padEnd(5, '0'));
    const [, direction] = /<CdtDbtInd>\s*(\w+)/u.exec(entry) ?? [];
    units += direction === 'DBIT' ? -value : value;
  }
  return { entries: entries.length, sum: Number(units) / 100_000 };
}
