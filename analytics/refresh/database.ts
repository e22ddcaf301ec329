import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { rawFolder } from '#ingest/manifest.ts';
import { quoteLiteral } from './quote.ts';

/** How much of the machine the warehouse may take, and the secret of its account tokens. */
export interface DatabaseOptions {
  readonly dataFolder: string;
  readonly accountSecret: string;
  readonly memoryLimitMb: number;
  readonly threads: number;
}

/** Folder in which a result stands as a file while it is being exported; beside raw the only one that can be reached. */
export function exportFolder(dataFolder: string): string {
  return join(dataFolder, 'temporary', 'export');
}

/** One open DuckDB file: an instance and the one connection that may write. */
export interface Database {
  readonly path: string;
  readonly instance: DuckDBInstance;
  readonly writer: DuckDBConnection;
  /** Name of the file's catalogue: tables of the warehouse are `<catalogue>.main.<table>` when a temporary one of the same name shadows them. */
  readonly catalogue: string;
  close(): void;
}

const macros = readFileSync(new URL('./macros.sql', import.meta.url), 'utf8');
const metaTables = readFileSync(new URL('./meta.sql', import.meta.url), 'utf8');

/**
 * Opens a DuckDB file for this process alone.
 *
 * Definition  Files outside the raw folder and that of exports are out of reach for every statement, settings are
 *             locked, times are UTC, and the staging macros exist on the writer only.
 * Errors      a file another process holds names that process; a file that cannot be read says
 *             to run `npx quittance rebuild`.
 */
export async function openDatabase(path: string, options: DatabaseOptions): Promise<Database> {
  const raw = rawFolder(options.dataFolder);
  // Two files are open while one is built beside the other: each spills into a folder of its own.
  const temporary = join(options.dataFolder, 'temporary', basename(path));
  mkdirSync(raw, { recursive: true });
  mkdirSync(temporary, { recursive: true });
  mkdirSync(exportFolder(options.dataFolder), { recursive: true });
  try {
    const instance = await DuckDBInstance.create(path, {
      memory_limit: `${options.memoryLimitMb}MB`,
      threads: String(options.threads),
      temp_directory: temporary,
      preserve_insertion_order: 'false',
    });
    try {
      const writer = await instance.connect();
      for (const statement of [
        "set timezone = 'UTC'",
        // Rows of the running transaction count as none in the plan: without this an as-of join of
        // 100,000 requests becomes a loop (over 35 s instead of 0.6 s).
        'set asof_loop_join_threshold = 0',
        `set allowed_directories = [${[raw, exportFolder(options.dataFolder)].map(quoteLiteral).join(', ')}]`,
        'set enable_external_access = false',
        'set lock_configuration = true',
        macros.replaceAll('$account_secret', quoteLiteral(options.accountSecret)),
        metaTables,
      ])
        await writer.run(statement);
      const named = await writer.runAndReadAll('select current_database()');
      return {
        path,
        instance,
        writer,
        catalogue: String(named.getRows()[0]?.[0]),
        close() {
          writer.closeSync();
          instance.closeSync();
        },
      };
    } catch (cause) {
      instance.closeSync();
      throw cause;
    }
  } catch (cause) {
    throw explained(path, cause);
  }
}

/** The same error in words that say what to do, when it is about the file itself. */
export function explained(path: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/lock/i.test(message) && /PID/i.test(message)) {
    const holder = /PID (\d+)/.exec(message)?.[1] ?? 'unknown';
    return new Error(
      `${path}: the warehouse is open in another process (PID ${holder}). Only one process may hold it: ` +
        `stop that process, or use a running Quittance through its web address.`,
      { cause },
    );
  }
  if (isDamage(message))
    return new Error(
      `${path}: the warehouse file cannot be read (${firstLine(message)}). Nothing is lost: ` +
        `run \`npx quittance rebuild\` to derive it again from the landed batches.`,
      { cause },
    );
  return cause instanceof Error ? cause : new Error(message);
}

/** Whether an error says that the file is damaged, not that a statement is wrong. */
export function isDamage(message: string): boolean {
  return /not a valid DuckDB database|checksum|could not read enough bytes|Corrupt|deserializ|Failed to load metadata|replaying WAL|storage version|INTERNAL Error/i.test(
    message,
  );
}

/** Whether an error left the whole instance unusable until it is opened again. */
export function isFatal(message: string): boolean {
  return /FATAL|database has been invalidated/i.test(message);
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
