import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFiles } from './files.ts';

/** The demo's fixed present: 14:12 in Amsterdam on a Thursday, before the payment run at 17:00. */
export const demoPresent = '2026-11-19T13:12:00.000Z';

/** What the generator needs to know and where it writes. */
export interface DemoOptions {
  readonly seed: number;
  /** 1 is about 60,000 invoices in 24 months; any positive number. */
  readonly scale: number;
  /** Folder for `erp/`, `bank/`, `platform/` and `answer-key.csv`; made when missing. */
  readonly folder: string;
  onProgress?(step: string, count: number): void;
}

/** What was written: rows per file (relative to the folder). */
export interface DemoReport {
  readonly rows: Readonly<Record<string, number>>;
}

const steps = [
  ['macros', '10-macros.sql'],
  ['companies, people and vendors', '20-world.sql'],
  ['invoices', '30-invoices.sql'],
  ['invoice numbers', '40-numbers.sql'],
  ['places for incidents', '50-places.sql'],
  ['duplicates', '51-duplicates.sql'],
  ['vendor incidents', '52-vendors.sql'],
  ['approval incidents', '53-decisions.sql'],
  ['bank accounts', '54-accounts.sql'],
  ['documents', '60-documents.sql'],
  ['approvals', '61-approvals.sql'],
  ['payments', '62-payments.sql'],
  ['names', '70-names.sql'],
] as const;

/**
 * Writes the demo company: source files in the shape real systems export, and the answer key.
 *
 * Definition  sets made in SQL; every chance is a hash of seed, stream and key, every file is
 *             written in the order of a key: the same seed and scale give the same bytes.
 * Shape       3 companies, 24 months to `demoPresent`, about 60,000 x scale invoices.
 * Errors      throws when seed is no whole number or scale not above 0.
 */
export async function generateDemo(options: DemoOptions): Promise<DemoReport> {
  const { seed, scale, folder, onProgress } = options;
  if (!Number.isInteger(seed) || seed < 0)
    throw new Error(`--seed must be a whole number from 0 on; got ${String(seed)}`);
  if (!(scale > 0) || !Number.isFinite(scale))
    throw new Error(`--scale must be a number above 0; got ${String(scale)}`);
  await mkdir(folder, { recursive: true });
  const scratch = join(folder, `scratch-${String(process.pid)}`);
  await mkdir(scratch);
  const instance = await DuckDBInstance.create(join(scratch, 'demo.duckdb'), {
    temp_directory: scratch,
  });
  try {
    const connection = await instance.connect();
    try {
      await setVariables(connection, seed, scale);
      for (const [index, [step, file]] of steps.entries()) {
        await connection.run(await readFile(new URL(`./${file}`, import.meta.url), 'utf8'));
        onProgress?.(step, index + 1);
      }
      return { rows: await writeFiles(connection, folder, onProgress) };
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function setVariables(connection: DuckDBConnection, seed: number, scale: number) {
  await connection.run('set variable seed = $seed::bigint', { seed });
  await connection.run('set variable scale = $scale::double', { scale });
  await connection.run('set variable invoices = 57000 * $scale::double', { scale });
  await connection.run('set variable per_kind = greatest(10, round(10 * $scale::double))', {
    scale,
  });
  await connection.run("set variable start = timestamp '2024-11-20 00:00:00'");
  await connection.run("set variable present = timestamp '2026-11-19 13:12:00'");
  await connection.run("set variable present_local = timestamp '2026-11-19 13:12:00'");
}
