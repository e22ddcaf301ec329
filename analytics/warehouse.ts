import { columnsOf, recordNames } from '#ingest/records.ts';
import { connectors as allConnectors } from '#ingest/connectors.ts';
import type { Connector } from '#ingest/connector.ts';
import { listBatches } from '#ingest/manifest.ts';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Detector, Parameters } from './detectors/detector.ts';
import { detectors as allDetectors } from './detectors/detectors.ts';
import { readChecks, readModels, type Model } from './models.ts';
import {
  explained,
  exportFolder,
  isFatal,
  openDatabase,
  type Database,
  type DatabaseOptions,
} from './refresh/database.ts';
import {
  readState,
  refreshDatabase,
  type RefreshReport,
  type RefreshSettings,
} from './refresh/refresh.ts';
import { Readers } from './result/readers.ts';
import { readLiveRules, runningDetectors } from './rules/live-rules.ts';
import type { Parameter, Queryable } from './table.ts';

export type { RefreshReport } from './refresh/refresh.ts';

/** What the warehouse is derived from and with. */
export interface WarehouseOptions {
  readonly dataFolder: string;
  /** Keys the account tokens; never stored in the warehouse. */
  readonly accountSecret: string;
  /** ISO 4217 code of all `*_base` amounts. */
  readonly groupCurrency: string;
  /** Limit of DuckDB's buffers; the process takes up to twice as much. */
  readonly memoryLimitMb?: number;
  readonly threads?: number;
  /** A read longer than this is interrupted. */
  readonly timeoutMs?: number;
  readonly connectors?: readonly Connector[];
  readonly detectors?: readonly Detector[];
  readonly detectorParameters?: Readonly<Record<string, Parameters>>;
  readonly models?: readonly Model[];
  readonly checks?: readonly Model[];
}

/** Called as a refresh goes on: what is being done and how many of it so far. */
export interface RefreshOptions {
  onProgress?(step: string, count: number): void;
}

/** The one owner of the DuckDB file: reads for everyone, and the only door for writing. */
export interface Warehouse extends Queryable {
  /** Applies landed batches not yet applied, in one transaction; incremental. The first load is a rebuild. */
  refresh(options?: RefreshOptions): Promise<RefreshReport>;
  /** Derives everything from raw into a new file, then swaps; a crash leaves the old one. */
  rebuild(options?: RefreshOptions): Promise<RefreshReport>;
  /** A result as a Parquet file with its key-value metadata, for exports. */
  parquet(
    sql: string,
    values: Readonly<Record<string, Parameter>>,
    metadata: Readonly<Record<string, string>>,
  ): Promise<Uint8Array>;
  /** Greatest extracted_at applied, UTC ISO: "now" for analytics; '' while nothing is applied. */
  readonly asOf: string;
  /** Grows with every published refresh. */
  readonly generation: number;
  close(): Promise<void>;
}

const fileName = 'warehouse.duckdb';
const openFolders = new Set<string>();

/**
 * Opens the warehouse of a data folder; makes an empty one when there is none.
 *
 * Errors  another process (or another call in this one) holds it: names it. The file is damaged:
 *         says to run `npx quittance rebuild`.
 */
export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  const path = join(options.dataFolder, fileName);
  if (openFolders.has(path))
    throw new Error(
      `${path}: the warehouse is already open in this process; share that one, a second instance would not see its writes`,
    );
  openFolders.add(path);
  try {
    return await OpenWarehouse.open(path, options);
  } catch (cause) {
    openFolders.delete(path);
    throw explained(path, cause);
  }
}

/**
 * Derives the warehouse of a data folder from its landed batches, for a file that cannot be opened
 * or that nobody holds. The old file stays until the new one is complete.
 *
 * Errors  another process holds the old file: names it.
 */
export async function rebuildWarehouse(
  options: WarehouseOptions,
  refresh: RefreshOptions = {},
): Promise<RefreshReport> {
  const path = join(options.dataFolder, fileName);
  const generation = await generationOf(path, options);
  const report = await buildBeside(path, options, { generation: generation + 1, refresh });
  await swap(path);
  return report;
}

class OpenWarehouse implements Warehouse {
  readonly #path: string;
  readonly #options: WarehouseOptions;
  #database: Database;
  #closing: Promise<void> | undefined;
  #readers: Readers;
  #state: { generation: number; asOf: string };
  #work: Promise<unknown> = Promise.resolve();
  #ready: Promise<unknown> = Promise.resolve();

  private constructor(path: string, options: WarehouseOptions, opened: Opened) {
    this.#path = path;
    this.#options = options;
    this.#database = opened.database;
    this.#readers = opened.readers;
    this.#state = opened.state;
  }

  static async open(path: string, options: WarehouseOptions): Promise<OpenWarehouse> {
    return new OpenWarehouse(path, options, await openFile(path, options));
  }

  get asOf(): string {
    return this.#state.asOf;
  }

  get generation(): number {
    return this.#state.generation;
  }

  rows: Queryable['rows'] = (sql, values) => this.#read(() => this.#readers.rows(sql, values));
  columns: Queryable['columns'] = (sql, values) =>
    this.#read(() => this.#readers.columns(sql, values));
  arrow: Queryable['arrow'] = (sql, values, metadata) =>
    this.#read(() => this.#readers.arrow(sql, values, metadata));
  parquet: Warehouse['parquet'] = (sql, values, metadata) => {
    const folder = exportFolder(this.#options.dataFolder);
    return this.#read(() => this.#readers.parquet(sql, values, { folder, metadata }));
  };

  refresh(options: RefreshOptions = {}): Promise<RefreshReport> {
    return this.#afterOther(async () => {
      if (await this.#mustBuildAnew()) return this.#replace(options);
      const before = this.#state.generation;
      try {
        const report = await refreshDatabase(
          this.#database,
          await settingsOf(this.#options, { generation: 1, refresh: options, inSteps: false }),
        );
        await this.#readState();
        return report;
      } catch (cause) {
        // An error from commit does not say that nothing was committed: open again and look.
        if (!isFatal(cause instanceof Error ? cause.message : String(cause))) throw cause;
        await this.#reopen();
        if (this.#state.generation === before) throw cause;
        return await refreshDatabase(
          this.#database,
          await settingsOf(this.#options, { generation: 1, refresh: options, inSteps: false }),
        );
      }
    });
  }

  rebuild(options: RefreshOptions = {}): Promise<RefreshReport> {
    return this.#afterOther(() => this.#replace(options));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#afterOther(async () => {
      await this.#closeFile();
      openFolders.delete(this.#path);
    });
    await this.#closing;
  }

  /** Refreshes and rebuilds run one after the other. */
  #afterOther<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#work.then(work, work);
    this.#work = next.catch(() => undefined);
    return next;
  }

  /** Whether batches are there and the file keeps nothing of worth: it is empty, or of an older version. */
  async #mustBuildAnew(): Promise<boolean> {
    const batches = await listBatches(this.#options.dataFolder);
    if (!batches.some(({ status }) => status === 'landed')) return false;
    const { writer } = this.#database;
    const published = await writer.runAndReadAll(
      `select 1 from batch where status = 'published' limit 1`,
    );
    return published.currentRowCount === 0 || (await this.#lacksColumns());
  }

  /** Whether a record has columns today that its table was made without. */
  async #lacksColumns(): Promise<boolean> {
    const found = await this.#database.writer.runAndReadAll(
      `select table_name || '.' || column_name from information_schema.columns
       where table_catalog = current_database() and table_schema = 'main'`,
    );
    const present = new Set(found.getColumns()[0]?.map(String));
    return recordNames.some(
      (record) =>
        present.has(`${record}.${record}_key`) &&
        Object.keys(columnsOf(record)).some((column) => !present.has(`${record}.${column}`)),
    );
  }

  /** Builds a new file, then swaps; reads that come while it does wait. */
  async #replace(options: RefreshOptions): Promise<RefreshReport> {
    const report = await buildBeside(this.#path, this.#options, {
      generation: this.#state.generation + 1,
      refresh: options,
    });
    const opened = Promise.withResolvers<undefined>();
    this.#ready = opened.promise;
    try {
      await this.#closeFile();
      await swap(this.#path);
      await this.#openFile();
    } finally {
      opened.resolve(undefined);
    }
    return report;
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    for (let ready; ready !== this.#ready;) {
      ready = this.#ready;
      await ready;
    }
    try {
      return await read();
    } catch (cause) {
      throw explained(this.#path, cause);
    }
  }

  async #reopen(): Promise<void> {
    await this.#closeFile();
    await this.#openFile();
  }

  async #openFile(): Promise<void> {
    const { database, readers, state } = await openFile(this.#path, this.#options);
    this.#database = database;
    this.#readers = readers;
    this.#state = state;
  }

  async #closeFile(): Promise<void> {
    await this.#readers.close();
    this.#database.close();
  }

  async #readState(): Promise<void> {
    this.#state = (await readState(this.#database)) ?? { generation: 0, asOf: '' };
  }
}

interface Opened {
  readonly database: Database;
  readonly readers: Readers;
  readonly state: { generation: number; asOf: string };
}

async function openFile(path: string, options: WarehouseOptions): Promise<Opened> {
  const database = await openDatabase(path, databaseOptions(options));
  const state = (await readState(database)) ?? { generation: 0, asOf: '' };
  const readers = await Readers.open(database.instance, options.timeoutMs ?? 30_000);
  return { database, readers, state };
}

function databaseOptions(options: WarehouseOptions): DatabaseOptions {
  return {
    dataFolder: options.dataFolder,
    accountSecret: options.accountSecret,
    memoryLimitMb: options.memoryLimitMb ?? 1500,
    threads: options.threads ?? 2,
  };
}

async function settingsOf(
  options: WarehouseOptions,
  of: { generation: number; refresh: RefreshOptions; inSteps: boolean },
): Promise<RefreshSettings> {
  const rules = await readLiveRules(options.dataFolder);
  return {
    dataFolder: options.dataFolder,
    groupCurrency: options.groupCurrency,
    connectors: options.connectors ?? allConnectors,
    models: options.models ?? readModels(),
    checks: options.checks ?? readChecks(),
    detectors: runningDetectors(options.detectors ?? allDetectors, rules),
    detectorParameters: options.detectorParameters ?? {},
    onProgress: (step, count) => of.refresh.onProgress?.(step, count),
    generation: of.generation,
    inSteps: of.inSteps,
  };
}

/** Generation of the file to be replaced; 0 when it is absent or cannot be read. Refuses one that is in use. */
async function generationOf(path: string, options: WarehouseOptions): Promise<number> {
  if (!existsSync(path)) return 0;
  try {
    const database = await openDatabase(path, databaseOptions(options));
    const state = await readState(database);
    database.close();
    return state?.generation ?? 0;
  } catch (cause) {
    const error = explained(path, cause);
    if (error.message.includes('open in another process')) throw error;
    return 0;
  }
}

async function buildBeside(
  path: string,
  options: WarehouseOptions,
  of: { generation: number; refresh: RefreshOptions },
): Promise<RefreshReport> {
  const beside = `${path}.new`;
  await rm(beside, { force: true });
  await rm(`${beside}.wal`, { force: true });
  const database = await openDatabase(beside, databaseOptions(options));
  try {
    const report = await refreshDatabase(
      database,
      await settingsOf(options, { ...of, inSteps: true }),
    );
    await database.writer.run('checkpoint');
    return report;
  } finally {
    database.close();
  }
}

/** Puts the finished new file in the place of the old one. */
async function swap(path: string): Promise<void> {
  // The old log first: replayed onto the new file it would damage it.
  await rm(`${path}.wal`, { force: true });
  await rename(`${path}.new`, path);
  const folder = await open(join(path, '..'));
  await folder.sync();
  await folder.close();
}
