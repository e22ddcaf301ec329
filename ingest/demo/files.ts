import type { DuckDBConnection } from '@duckdb/node-api';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { literal } from './literal.ts';
import { writeStatements } from './statements.ts';

/** CSV files: where each goes; the select beside it gives its headers and its order. */
const csvFiles = {
  'erp/companies.csv': 'companies',
  'erp/users.csv': 'users',
  'erp/delegations.csv': 'delegations',
  'erp/vendors.csv': 'vendors',
  'erp/vendor_bank_changes.csv': 'vendor-bank-changes',
  'erp/purchase_orders.csv': 'purchase-orders',
  'erp/invoices.csv': 'invoices',
  'erp/payment_requests.csv': 'payment-requests',
  'erp/approval_log.csv': 'approval-log',
  'erp/payments.csv': 'payments',
  'erp/exchange_rates.csv': 'exchange-rates',
  'platform/settlements.csv': 'settlements',
  'answer-key.csv': 'answer-key',
} as const;

/** Writes every source file from the generator's tables and says how many rows each has. */
export async function writeFiles(
  connection: DuckDBConnection,
  folder: string,
  onProgress?: (step: string, count: number) => void,
): Promise<Record<string, number>> {
  for (const part of ['erp', 'bank', 'platform']) {
    await rm(join(folder, part), { recursive: true, force: true });
    await mkdir(join(folder, part), { recursive: true });
  }
  const rows: Record<string, number> = {};
  for (const [file, select] of Object.entries(csvFiles)) {
    const sql = await readFile(new URL(`./files/${select}.sql`, import.meta.url), 'utf8');
    const result = await connection.run(
      `copy (${sql}) to ${literal(join(folder, file))} (format csv, header true)`,
    );
    rows[file] = result.rowsChanged;
    onProgress?.(file, result.rowsChanged);
  }
  Object.assign(rows, await writeStatements(connection, folder, onProgress));
  return rows;
}
