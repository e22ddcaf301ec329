import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defaultParameters } from '../detectors/detectors.ts';
import type { Detector } from '../detectors/detector.ts';
import { lookalikeVendor } from '../detectors/lookalike-vendor.ts';
import { ruleDetectorId } from '../rules/compile.ts';
import type { LiveRules } from '../rules/live-rules.ts';
import type { Columns, Parameter, Queryable, Row } from '../table.ts';
import { withCodes } from './codes.ts';
import { limitsKey } from './limits-key.ts';
import {
  invoiceColumns,
  paymentColumns,
  requestColumns,
  type AccountChange,
  type Employee,
  type InvoiceColumns,
  type PaymentColumns,
  type PlacedOrder,
  type PreparedFinding,
  type Profiles,
  type Rates,
  type RequestColumns,
  type VendorProfile,
} from './profiles.ts';

/** Most requests, and most invoices, kept in memory (72 and 112 bytes each); older ones are left out. */
const historyLimit = 2_000_000;
/** Rows that cross from the warehouse at once: a few milliseconds in which nothing else is answered. */
const sliceRows = 5_000;

/**
 * Reads the profiles of all vendors.
 *
 * Definition  Slice by slice, so that whoever shares the thread waits for one slice and not for all.
 * Errors      throws what the warehouse throws; nothing is half made
 */
export async function readProfiles(
  warehouse: Queryable,
  of: { generation: number; as_of: string; asked: readonly Detector[]; rules: LiveRules },
): Promise<Profiles> {
  const history_from = await historyFrom(warehouse);
  const bounds = { history_from: history_from ?? '-infinity' };
  const vendors = await ask(warehouse, 'vendors', bounds);
  const vendor_keys = texts(vendors, 'vendor_key').map((key) => key ?? '');
  const inSlices = slicer(warehouse, vendor_keys, bounds);
  const employees = await ask(warehouse, 'employees');
  const [one] = await warehouse.rows(
    `select
       (select currency from group_currency) as group_currency,
       (select source from payment_request group by source order by count(*) desc, source limit 1) as source,
       (select list(company_key::varchar) from company) as company_keys`,
  );
  const versions = versionsOf(of.asked);
  return {
    generation: of.generation,
    as_of: of.as_of,
    history_from,
    group_currency: textOf(one?.['group_currency'] ?? null) ?? '',
    source: textOf(one?.['source'] ?? null) ?? '',
    company_keys: new Set((one?.['company_keys'] ?? []) as readonly string[]),
    vendors: vendorsOf(vendors),
    requests: await inSlices<RequestColumns>(
      'requests',
      requestColumns,
      counts(vendors, 'request_count'),
    ),
    invoices: await inSlices<InvoiceColumns>(
      'invoices',
      invoiceColumns,
      counts(vendors, 'invoice_count'),
    ),
    payments: await readPayments(inSlices, warehouse, vendor_keys),
    account_changes: changesOf(await ask(warehouse, 'account-changes')),
    orders: await readOrders(warehouse),
    ...employeesOf(employees),
    rates: ratesOf(await warehouse.rows(sqlOf('rates'))),
    lookalikes: await lookalikesOf(warehouse),
    rule_versions: Object.fromEntries(
      of.rules.rules.map(({ rule_id, version }) => [ruleDetectorId(rule_id), version]),
    ),
    paused: new Set(of.rules.paused),
    model_version: hashOf(JSON.stringify(versions)),
    detector_versions: versions,
  };
}

async function historyFrom(warehouse: Queryable): Promise<string | null> {
  const [row] = await warehouse.rows(
    `select greatest(
       (select requested_at from payment_flow order by requested_at desc limit 1 offset $history_limit),
       (select known_at from duplicate_candidate where known_at is not null order by known_at desc limit 1 offset $history_limit)
     )::varchar as history_from`,
    { history_limit: historyLimit },
  );
  return textOf(row?.['history_from'] ?? null);
}

type Slicer = <Result>(
  name: string,
  columns: readonly string[],
  perVendor: readonly number[],
) => Promise<Result>;

/** Reads columns of all vendors, vendors of about `sliceRows` rows at a time. */
function slicer(
  warehouse: Queryable,
  vendor_keys: readonly string[],
  bounds: Readonly<Record<string, Parameter>>,
): Slicer {
  return async <Result>(name: string, columns: readonly string[], perVendor: readonly number[]) => {
    const starts = new Uint32Array(vendor_keys.length + 1);
    for (const [place, count] of perVendor.entries())
      starts[place + 1] = (starts[place] ?? 0) + count;
    const total = starts.at(-1) ?? 0;
    const result: Record<string, Float64Array | Uint32Array> = { starts };
    for (const column of columns) result[column] = new Float64Array(total);
    for (let first = 0; first < vendor_keys.length;) {
      let last = first;
      while (
        last + 1 < vendor_keys.length &&
        (starts[last + 2] ?? 0) - (starts[first] ?? 0) <= sliceRows
      )
        last += 1;
      const read = await ask(warehouse, name, {
        first_vendor: vendor_keys[first] ?? '',
        last_vendor: vendor_keys[last] ?? '',
        ...(name === 'payments' ? {} : bounds),
      });
      const expected = (starts[last + 1] ?? 0) - (starts[first] ?? 0);
      if (read.rowCount !== expected)
        throw new Error(
          `scoring/${name}.sql: expected ${expected} rows, got ${read.rowCount}: the warehouse was refreshed meanwhile; read the profiles again`,
        );
      for (const column of columns) result[column]?.set(numbers(read, column), starts[first] ?? 0);
      first = last + 1;
    }
    return result as Result;
  };
}

async function readPayments(
  inSlices: Slicer,
  warehouse: Queryable,
  vendor_keys: readonly string[],
): Promise<PaymentColumns> {
  const counted = await warehouse.columns(
    `select vendor_key::varchar as vendor_key, count(*) as payment_count from payment_link
     where counts and vendor_key is not null and executed_at is not null group by all`,
  );
  const known = new Map(
    texts(counted, 'vendor_key').map((key, row) => [
      key,
      numbers(counted, 'payment_count')[row] ?? 0,
    ]),
  );
  return inSlices<PaymentColumns>(
    'payments',
    paymentColumns,
    vendor_keys.map((key) => known.get(key) ?? 0),
  );
}

function vendorsOf(read: Columns): Map<string, VendorProfile> {
  const names = texts(read, 'name');
  const created = numbers(read, 'created_at');
  const collective = read.column['is_collective'] ?? [];
  return new Map(
    texts(read, 'vendor_key').map((key, place) => [
      key ?? '',
      {
        vendor_key: key ?? '',
        place,
        name: names[place] ?? null,
        created_at: created[place] ?? Number.NaN,
        is_collective: collective[place] === true,
      },
    ]),
  );
}

function changesOf(read: Columns): Map<string, AccountChange[]> {
  const changes = new Map<string, AccountChange[]>();
  const changed_by = texts(read, 'changed_by_key');
  const through = texts(read, 'requested_through');
  for (const [row, vendor_key] of texts(read, 'vendor_key').entries()) {
    const list = changes.get(vendor_key ?? '') ?? [];
    if (list.length === 0) changes.set(vendor_key ?? '', list);
    list.push({
      account: at(read, 'account', row),
      previous_account: at(read, 'previous_account', row),
      changed_at: at(read, 'changed_at', row),
      changed_by_key: changed_by[row] ?? null,
      requested_through: through[row] ?? null,
      verified_at: at(read, 'verified_at', row),
    });
  }
  return changes;
}

/** Orders by ranges of their keys, which lie evenly: they are hashes. */
async function readOrders(warehouse: Queryable): Promise<Map<number, PlacedOrder>> {
  const [counted] = await warehouse.rows('select count(*) as order_count from purchase_order');
  const slices = Math.ceil(Number(counted?.['order_count'] ?? 0) / sliceRows);
  const border = (slice: number): string =>
    Math.floor((slice / slices) * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const orders = new Map<number, PlacedOrder>();
  for (let slice = 0; slice < slices; slice += 1) {
    const read = await ask(warehouse, 'orders', {
      first_order: `${border(slice)}-0000-0000-0000-000000000000`,
      last_order:
        slice + 1 === slices
          ? 'ffffffff-ffff-ffff-ffff-ffffffffffff'
          : `${border(slice + 1)}-0000-0000-0000-000000000000`,
    });
    for (let row = 0; row < read.rowCount; row += 1)
      orders.set(at(read, 'placed_order', row), {
        vendor: at(read, 'vendor', row),
        currency: at(read, 'currency', row),
        amount: at(read, 'amount', row),
        created_at: at(read, 'created_at', row),
        created_by: at(read, 'created_by', row),
      });
  }
  return orders;
}

function employeesOf(
  read: Columns,
): Pick<Profiles, 'employees' | 'employees_by_account' | 'limits'> {
  const employees = new Map<string, Employee>();
  const byAccount = new Map<number, Employee[]>();
  const limits = new Map<string, Set<number>>();
  const names = texts(read, 'name');
  const service = read.column['is_service_account'] ?? [];
  for (const [row, key] of texts(read, 'employee_key').entries()) {
    const employee = {
      employee_key: key ?? '',
      name: names[row] ?? '',
      is_service_account: service[row] === true,
    };
    employees.set(employee.employee_key, employee);
    if (employee.is_service_account) continue;
    const account = at(read, 'account', row);
    if (!Number.isNaN(account))
      byAccount.set(account, [...(byAccount.get(account) ?? []), employee]);
    const limit = at(read, 'approval_limit', row);
    if (!(limit > 0)) continue;
    const place = limitsKey(at(read, 'company', row), at(read, 'limit_currency', row));
    limits.set(place, (limits.get(place) ?? new Set()).add(limit));
  }
  return {
    employees,
    employees_by_account: byAccount,
    limits: new Map([...limits].map(([place, set]) => [place, [...set].sort((a, b) => a - b)])),
  };
}

function ratesOf(rows: readonly Row[]): Map<string, Rates> {
  return new Map(
    rows.map((row) => [
      String(row['currency']),
      {
        first_on: Date.parse(String(row['first_on'])),
        rates: Float64Array.from(row['rates'] as readonly number[]),
      },
    ]),
  );
}

/**
 * The detector's own select, asked as if every vendor without a payment request had its first one now:
 * a vendor that has none yet is what an incoming payment is about.
 */
async function lookalikesOf(warehouse: Queryable): Promise<Map<string, PreparedFinding>> {
  const { sql, values } = lookalikeVendor.find(defaultParameters(lookalikeVendor), '');
  const read = await warehouse.columns(
    `with vendor_name_block as (
       select * replace (coalesce(payment_request_key, vendor_key) as payment_request_key)
       from main.vendor_name_block
     )
     select subject_key::varchar as vendor_key, max(score) as score, arg_max(reasons::varchar, score) as reasons
     from (${sql}) group by all`,
    values,
  );
  const reasons = texts(read, 'reasons');
  return new Map(
    texts(read, 'vendor_key').map((key, row) => [
      key ?? '',
      { score: at(read, 'score', row), reasons: reasons[row] ?? '[]' },
    ]),
  );
}

function versionsOf(asked: readonly Detector[]): Record<string, string> {
  return Object.fromEntries(
    asked.map((detector) => {
      const parameters = defaultParameters(detector);
      const { sql } = detector.find(parameters, '');
      return [detector.id, hashOf(JSON.stringify([sql, parameters, detector.prior_rate]))];
    }),
  );
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function sqlOf(name: string): string {
  return withCodes(readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8'));
}

function ask(
  warehouse: Queryable,
  name: string,
  values: Readonly<Record<string, Parameter>> = {},
): Promise<Columns> {
  return warehouse.columns(sqlOf(name), values);
}

function numbers(read: Columns, name: string): Float64Array {
  const column = read.column[name];
  if (column instanceof Float64Array) return column;
  throw new Error(`scoring: expected numbers in column ${name}, got ${typeof column?.[0]}`);
}

function counts(read: Columns, name: string): number[] {
  return [...numbers(read, name)];
}

function at(read: Columns, name: string, row: number): number {
  return numbers(read, name)[row] ?? Number.NaN;
}

function texts(read: Columns, name: string): (string | null)[] {
  return ((read.column[name] ?? []) as readonly unknown[]).map(textOf);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
