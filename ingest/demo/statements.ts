import type { DuckDBConnection } from '@duckdb/node-api';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { literal } from './literal.ts';

/**
 * Writes the bank statements: one camt.053.001.08 file per own account and month.
 *
 * Shape  opening balance + entries = closing balance, and each closing is the next opening.
 */
export async function writeStatements(
  connection: DuckDBConnection,
  folder: string,
  onProgress?: (step: string, count: number) => void,
): Promise<Record<string, number>> {
  const read = (file: string) => readFile(new URL(file, import.meta.url), 'utf8');
  await connection.run(await read('./80-statements.sql'));
  const select = await read('./files/statement.sql');
  const statements = await connection.runAndReadAll(
    'select company, month::varchar as month, code, entries from statement order by company, month',
  );
  const rows: Record<string, number> = {};
  for (const { company, month, code, entries } of statements.getRowObjects()) {
    await connection.run('set variable statement_company = $company', { company: Number(company) });
    await connection.run('set variable statement_month = $month', { month: String(month) });
    const file = `bank/${String(code)}-${String(month).slice(0, 7)}.xml`;
    // One column without quoting or a delimiter that occurs: COPY writes the lines as they are.
    await connection.run(
      `copy (${select}) to ${literal(join(folder, file))} (format csv, header false, quote '', escape '', delimiter '\x01')`,
    );
    rows[file] = Number(entries);
  }
  onProgress?.('bank/*.xml', statements.currentRowCount);
  return rows;
}
