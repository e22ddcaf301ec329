import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { batchFolder, type Manifest } from '#ingest/manifest.ts';

/** How large a synthetic delivery is and which invoices it is about. */
export interface SyntheticDelivery {
  readonly dataFolder: string;
  readonly batchId: string;
  readonly extractedAt: string;
  /** First invoice number and how many. */
  readonly from: number;
  readonly invoices: number;
  /** Numbers up to here have their master data in this delivery too. */
  readonly withMasterData: boolean;
  /** True writes one more approval of each invoice in place of the first three. */
  readonly later: boolean;
  /** Invoices from this number on were received in the last days before the extract, as new ones are. */
  readonly newFrom?: number;
}

/**
 * Writes one landed batch of an invented company, every value as text as the landing does: per
 * invoice one request and three approval events, nine payments for ten invoices.
 *
 * Definition  Chance is a hash of the invoice number, so the same numbers give the same rows.
 *             Vendor sizes fall off as 1/rank; two years of days; three entities and currencies.
 */
export async function landSynthetic(delivery: SyntheticDelivery): Promise<Manifest> {
  const folder = batchFolder(delivery.dataFolder, 'erp', delivery.batchId);
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '1500MB',
    threads: '2',
  });
  const connection = await instance.connect();
  await connection.run(`create table invoices as ${invoiceSql(delivery)}`);
  const streams: Record<string, { rows: number; columns: string[] }> = {};
  const selects = { ...(delivery.withMasterData ? masterData : {}), ...documents(delivery) };
  for (const [stream, sql] of Object.entries(selects))
    streams[stream] = await copyStream(connection, sql, join(folder, `${stream}.parquet`));
  connection.closeSync();
  instance.closeSync();
  const manifest: Manifest = {
    batch_id: delivery.batchId,
    source: 'erp',
    connector: 'plain',
    settings: {},
    extracted_at: delivery.extractedAt,
    files: [],
    streams,
    physical_records: Object.fromEntries(
      Object.entries(streams).map(([stream, { rows }]) => [stream, rows]),
    ),
    rejected: {},
    ignored: [],
    control_totals: [],
    warnings: [],
    status: 'landed',
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return manifest;
}

async function copyStream(
  connection: DuckDBConnection,
  sql: string,
  path: string,
): Promise<{ rows: number; columns: string[] }> {
  await connection.run(
    `copy (select columns(*)::varchar, (row_number() over ())::bigint as _row, 'synthetic' as _file from (${sql})) to '${path}' (format parquet)`,
  );
  const counted = await connection.runAndReadAll(`select count(*) from read_parquet('${path}')`);
  const described = await connection.runAndReadAll(`describe ${sql}`);
  return {
    rows: Number(counted.getRows()[0]?.[0]),
    columns: described.getRows().map((row) => String(row[0])),
  };
}

/** One row per invoice with everything that follows from its number. */
function invoiceSql({ from, invoices, newFrom, extractedAt }: SyntheticDelivery): string {
  const extracted = `timestamp '${extractedAt.replace('T', ' ').replace('Z', '')}'`;
  return `
    with drawn as (
      select n,
        (hash(n) % 1000000) / 1e6 as u, (hash(n, 1) % 1000000) / 1e6 as u1,
        (hash(n, 2) % 1000000) / 1e6 as u2, (hash(n, 3) % 1000000) / 1e6 as u3
      from range(${from}, ${from + invoices}) as numbers(n)
    )
    select n,
      floor(exp(u * ln(5000)))::int as vendor,
      (n % 3)::int as company,
      (['EUR', 'USD', 'CNY'])[1 + (n % 3)::int] as currency,
      round(exp(5 + 4 * u1) , 2)::decimal(18, 2) as amount,
      case when n >= ${newFrom ?? from + invoices}
        then ${extracted} - interval 10 day - interval 1 second * floor(u2 * 100000)::int
        else timestamp '2024-01-02 08:00:00' + interval 1 second * floor(u2 * 60000000)::int
      end as received_at,
      1 + floor(u3 * 12)::int as wait_hours,
      1 + (hash(n, 4) % 200)::int as person,
      hash(n, 5) % 10 < 9 as is_paid,
      ['sepa_credit_transfer', 'wire', 'cn_domestic'][1 + (n % 3)::int] as channel
    from drawn`;
}

const masterData: Readonly<Record<string, string>> = {
  company: `select 'C' || i as company_id, 'Company ' || i as name, (['EUR', 'USD', 'CNY'])[1 + i::int] as base_currency from range(3) as t(i)`,
  employee: `select 'P' || i as employee_id, 'Person ' || i as name, 'Approver' as role, 'C' || (i % 3) as company_id, 'P' || (i // 10) as manager_id, 10000 * (1 + i % 20) as approval_limit, 'EUR' as limit_currency from range(1, 201) as t(i)`,
  vendor: `select 'V' || i as vendor_id, 'Vendor ' || hash(i)::varchar as name, 'DE' as country, 'goods' as category, '2023-05-01T00:00:00Z' as created_at from range(1, 5001) as t(i)`,
  bank_account_change: `select 'B' || i as bank_account_change_id, 'V' || (1 + i % 5000) as vendor_id, sha256('account' || i) as account_token, case when i < 5000 then '2023-05-01T00:00:00Z' else '2025-01-15T09:30:00Z' end as changed_at, 'P' || (1 + i % 200) as changed_by_id, case when i < 5000 then 'initial' else 'email' end as requested_through from range(5200) as t(i)`,
  fx_rate: `select d::date || c as fx_rate_id, d::date as rate_on, c as from_currency, 'EUR' as to_currency, case c when 'USD' then 0.92 else 0.128 end as rate from range(timestamp '2023-12-01', timestamp '2026-02-01', interval 1 day) as days(d), (values ('USD'), ('CNY')) as currencies(c)`,
};

function documents({ later }: SyntheticDelivery): Record<string, string> {
  const at = (hours: string) =>
    `strftime(received_at + interval 1 hour * (${hours}), '%Y-%m-%dT%H:%M:%SZ')`;
  const events = later
    ? [['4', 'Approved again', 'changed', `100 + wait_hours`]]
    : [
        ['1', 'Request submitted', 'submitted', '24'],
        ['2', 'Approved by manager', 'approved', '24 + wait_hours'],
        ['3', 'Approved by finance', 'final_approved', '48 + 2 * wait_hours'],
      ];
  return {
    invoice: `select 'I' || n as invoice_id, 'C' || company as company_id, 'V' || vendor as vendor_id, 'invoice' as document_type, 'RE-' || (100000 + n) as invoice_number, received_at::date as invoiced_on, ${at('0')} as received_at, ${at('2')} as entered_at, 'P' || person as entered_by_id, (received_at + interval 30 day)::date as due_on, currency, amount as amount_gross, case when n % 10 = 0 then '0.02' end as discount_rate, case when n % 10 = 0 then (received_at + interval 10 day)::date end as discount_on, 'category ' || n % 40 as category, 'CC' || n % 100 as cost_center from invoices`,
    payment_request: `select 'R' || n as payment_request_id, 'C' || company as company_id, 'V' || vendor as vendor_id, 'I' || n as invoice_id, 'P' || person as requested_by_id, ${at('24')} as requested_at, channel, sha256('account' || (vendor - 1)) as account_token, currency, amount, case when is_paid then 'paid' else 'in_approval' end as status, ${later ? 2 : 1} as status_version from invoices`,
    approval_event: events
      .map(
        ([sequence, activity, action, hours]) =>
          `select 'E' || n || '-${sequence}' as approval_event_id, 'payment_approval' as process, 'R' || n as trace_id, 'R' || n as payment_request_id, '${sequence}' as sequence, '${activity}' as activity, '${action}' as action, 'Approver' as role, 'P' || (1 + (person + ${sequence}) % 200) as actor_id, ${at(hours ?? '0')} as occurred_at, currency, amount from invoices`,
      )
      .join(' union all '),
    payment: `select 'Z' || n as payment_id, 'C' || company as company_id, 'V' || vendor as vendor_id, 'I' || n as invoice_id, 'R' || n as payment_request_id, 'RUN' || strftime(received_at, '%Y%m%d') as payment_run, 'Q' || n as end_to_end_id, channel, sha256('account' || (vendor - 1)) as account_token, currency, amount, '0.35' as fee_amount, currency as fee_currency, ${at('120 + wait_hours')} as executed_at, 'settled' as status from invoices where is_paid`,
  };
}
