import type { Connector } from '#ingest/connector.ts';
import { listBatches, type Manifest } from '#ingest/manifest.ts';
import { createTableSql, recordNames } from '#ingest/records.ts';
import type { Detector, Parameters } from '../detectors/detector.ts';
import type { Model } from '../models.ts';
import { Changes } from './changes.ts';
import type { Database } from './database.ts';
import { deriveModel, runCheck, type Derivation } from './derive.ts';
import { findAgain, valueFindings } from './detect.ts';
import { reasonsToHold, recordFates } from './fates.ts';
import { markRepeatedKeys, mergeStaged } from './merge.ts';
import { quoteLiteral } from './quote.ts';
import {
  deliverTogether,
  dropStaged,
  joinsBatches,
  stageDelivery,
  StagingError,
  type Delivery,
  type Staged,
} from './stage.ts';

/** Tables that count what was loaded; they grow with every batch. */
const accounts = ['batch', 'rejected', 'ignored', 'load_count', 'control_total'];

/** What a refresh works with: all of it given, nothing read from the surroundings. */
export interface RefreshSettings {
  readonly dataFolder: string;
  readonly groupCurrency: string;
  readonly connectors: readonly Connector[];
  readonly models: readonly Model[];
  readonly checks: readonly Model[];
  readonly detectors: readonly Detector[];
  readonly detectorParameters: Readonly<Record<string, Parameters>>;
  /** Called as work goes on: what is being done and how many of it so far. */
  readonly onProgress: (step: string, count: number) => void;
  /** First generation number of an empty file; a rebuild continues the count of the file it replaces. */
  readonly generation: number;
  /**
   * For a new file nobody reads yet: commits after every step, because DuckDB plans badly over
   * tables of its own open transaction (it takes them for empty). A failure leaves a file to be
   * thrown away.
   */
  readonly inSteps: boolean;
}

/** What a refresh did. */
export interface RefreshReport {
  /** Batches published by this refresh, oldest first. */
  readonly applied: readonly string[];
  /** Batches kept out, and why. */
  readonly held: readonly { readonly batch_id: string; readonly held_because: string }[];
  readonly physical: number;
  readonly loaded: number;
  readonly rejected: number;
  readonly ignored: number;
  /** Rows derived again per model; null when the whole table was. */
  readonly models: Readonly<Record<string, number | null>>;
  readonly findings: number;
  readonly generation: number;
}

/**
 * Applies the landed batches that are not in the warehouse yet, in one transaction (or in steps,
 * see `RefreshSettings.inSteps`).
 *
 * Definition  Staging and merge of each batch, then the models in order, the detectors, the
 *             checks. Readers see the old world until the commit. Nothing happens, and the
 *             generation stays, when there is nothing new.
 * Errors      a check that returns rows rolls everything back and names itself and its first
 *             rows. A batch that breaks its control totals, its row counts or its staging select
 *             is held with the reason, and the others go on.
 */
export async function refreshDatabase(
  database: Database,
  settings: RefreshSettings,
): Promise<RefreshReport> {
  const failed: Failed = { broken: new Map(), alone: new Set() };
  for (;;) {
    try {
      await database.writer.run('begin transaction');
      const report = await refreshOnce(database, settings, failed);
      await database.writer.run('commit');
      return report;
    } catch (cause) {
      await rollBack(database);
      if (!(cause instanceof StagingError)) throw cause;
      if (settings.inSteps) await emptyTables(database);
      for (const batch of cause.batchIds)
        if (cause.separable) failed.alone.add(batch);
        else failed.broken.set(batch, cause.message);
    }
  }
}

/** What earlier attempts of this refresh learned: batches to hold, and batches to stage alone. */
interface Failed {
  readonly broken: Map<string, string>;
  readonly alone: Set<string>;
}

async function rollBack(database: Database): Promise<void> {
  try {
    await database.writer.run('rollback');
  } catch {
    // The transaction is already gone: a failed commit or an invalidated instance ends it itself.
  }
}

/** Throws away what earlier steps of a failed attempt committed. */
async function emptyTables({ writer }: Database): Promise<void> {
  for (const record of recordNames) await writer.run(`drop table if exists ${record}`);
  for (const table of accounts) await writer.run(`delete from ${table}`);
}

/** Makes what was done so far visible to the planner, in a file nobody reads yet. */
async function endStep({ writer }: Database, { inSteps }: RefreshSettings): Promise<void> {
  if (!inSteps) return;
  await writer.run('commit');
  await writer.run('begin transaction');
}

async function refreshOnce(
  database: Database,
  settings: RefreshSettings,
  { broken, alone }: Failed,
): Promise<RefreshReport> {
  const { writer, catalogue } = database;
  for (const record of recordNames) await writer.run(createTableSql(record));
  const state = await readState(database);
  const batches = await listBatches(settings.dataFolder);
  const published = await textsFrom(
    database,
    `select batch_id from batch where status = 'published'`,
  );
  const fresh = batches.filter(
    ({ batch_id, status }) => status === 'landed' && !published.has(batch_id),
  );
  const first = published.size === 0;
  const recordChanges = new Changes(writer, catalogue);
  const held: { batch_id: string; held_because: string }[] = [];
  const applied: Manifest[] = [];
  await writer.run(`delete from batch where status <> 'published'`);
  for (const batch of batches.filter(({ status }) => status === 'held'))
    await recordBatch(database, batch, batch.held_because ?? 'held when it was landed');
  const reasons = await reasonsToHold(writer, settings.dataFolder, fresh);
  for (const batch of fresh) {
    const because =
      broken.get(batch.batch_id) ??
      reasons.get(batch.batch_id) ??
      (settings.connectors.some(({ name }) => name === batch.connector)
        ? null
        : `there is no connector named ${batch.connector}`);
    await recordBatch(database, batch, because);
    if (because === null) applied.push(batch);
    else held.push({ batch_id: batch.batch_id, held_because: because });
  }
  const fits = batches.filter(({ batch_id }) => published.has(batch_id)).concat(applied);
  let count = 0;
  for (const delivery of deliveriesOf(settings.connectors, { applied, fits, alone })) {
    const staged = await stageDelivery(writer, settings.dataFolder, delivery);
    const repeats = new Set<Staged>();
    for (const one of staged) if (await markRepeatedKeys(writer, one)) repeats.add(one);
    await recordFates(writer, settings.dataFolder, delivery, staged);
    for (const one of staged)
      await mergeStaged(writer, one, {
        catalogue,
        batches: delivery.batches,
        hasRepeats: repeats.has(one),
        changes: first ? null : recordChanges,
      });
    await dropStaged(writer, staged);
    await endStep(database, settings);
    count += delivery.batches.length;
    settings.onProgress('batches', count);
  }
  if (first) for (const record of recordNames) recordChanges.markAll(record);
  if (applied.length > 0) for (const table of accounts) recordChanges.markAll(table);
  const asOf = await advanceState(database, settings, {
    before: state?.asOf ?? null,
    changes: recordChanges,
  });
  const { derived, hasOthers } = await derive(database, settings, { changes: recordChanges, asOf });
  const findings = await numberFrom(database, 'select count(*) from finding');
  const changedAnything =
    applied.length > 0 ||
    hasOthers ||
    Object.values(derived).some((rows) => rows !== 0) ||
    state === null;
  const generation = (state?.generation ?? settings.generation - 1) + (changedAnything ? 1 : 0);
  await writer.run(`update warehouse_state set generation = ${generation}`);
  await recordChanges.drop();
  return {
    applied: applied.map(({ batch_id }) => batch_id),
    held,
    ...(await totals(database, applied)),
    models: derived,
    findings,
    generation,
  };
}

/** Derives models and findings; `hasOthers`: a model or detector changed, came or went. */
async function derive(
  database: Database,
  settings: RefreshSettings,
  of: { changes: Changes; asOf: string },
): Promise<{ derived: Record<string, number | null>; hasOthers: boolean }> {
  const { writer, catalogue } = database;
  const before = await readVersions(database);
  const versions = new Map(before);
  const on: Derivation = { writer, catalogue, changes: of.changes, versions };
  const derived: Record<string, number | null> = {};
  for (const [index, model] of settings.models.entries()) {
    try {
      derived[model.name] = await deriveModel(on, model);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${model.name}.sql: ${message}`, { cause });
    }
    await endStep(database, settings);
    settings.onProgress(`model ${model.name}`, index + 1);
  }
  let looked = 0;
  await findAgain(
    { ...on, asOf: of.asOf, parameters: settings.detectorParameters },
    settings.detectors,
    ({ id }) => {
      settings.onProgress(`detector ${id}`, (looked += 1));
    },
  );
  if (settings.models.some(({ name }) => name === 'fx_day')) await valueFindings(writer);
  for (const [index, check] of settings.checks.entries()) {
    const rows = await runCheck(on, check);
    if (rows.length > 0)
      throw new Error(
        `check ${check.name} failed, so nothing was published. ${check.grain} First rows: ${JSON.stringify(rows)}`,
      );
    settings.onProgress(`check ${check.name}`, index + 1);
  }
  for (const table of ['touched', 'places', 'before', 'after'])
    await writer.run(`drop table if exists temp.${table}`);
  let hasOthers = false;
  for (const name of before.keys()) {
    if (versions.has(name)) continue;
    hasOthers = true;
    await writer.run('delete from model_version where name = $name', { name });
  }
  for (const [name, version] of versions) {
    if (before.get(name) === version) continue;
    hasOthers = true;
    await writer.run('delete from model_version where name = $name', { name });
    await writer.run('insert into model_version values ($name, $version)', { name, version });
  }
  return { derived, hasOthers };
}

async function readVersions({ writer }: Database): Promise<Map<string, string>> {
  const result = await writer.runAndReadAll('select name, version from model_version');
  return new Map(result.getRows().map(([name, version]) => [String(name), String(version)]));
}

/** New batches of one kind together; all batches of a source where its selects join them. */
function deliveriesOf(
  connectors: readonly Connector[],
  of: {
    applied: readonly Manifest[];
    fits: readonly Manifest[];
    alone: ReadonlySet<string>;
  },
): Delivery[] {
  return connectors.flatMap((connector) => {
    const applied = of.applied.filter((batch) => batch.connector === connector.name);
    const joining = applied.filter(({ settings }) => joinsBatches(connector, settings));
    const joined = [...new Set(joining.map(({ source }) => source))].map((source) => ({
      connector,
      batches: of.fits
        .filter((batch) => batch.source === source && batch.connector === connector.name)
        .sort((a, b) => order(a, b)),
    }));
    const others = applied.filter((batch) => !joining.includes(batch));
    return [...joined, ...deliverTogether(connector, others, of.alone)];
  });
}

function order(a: Manifest, b: Manifest): number {
  const left = `${a.extracted_at}${a.batch_id}`;
  const right = `${b.extracted_at}${b.batch_id}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

async function recordBatch(
  { writer }: Database,
  batch: Manifest,
  because: string | null,
): Promise<void> {
  await writer.run(
    `insert into batch values ($batch, $source, $connector,
       timestamp ${quoteLiteral(batch.extracted_at.replace('T', ' ').replace('Z', ''))}, $status, $because)`,
    {
      batch: batch.batch_id,
      source: batch.source,
      connector: batch.connector,
      status: because === null ? 'published' : 'held',
      because,
    },
  );
}

/** Generation and time of the last published refresh; null for an empty file. */
export async function readState(
  database: Database,
): Promise<{ generation: number; asOf: string } | null> {
  const result = await database.writer.runAndReadAll(
    `select generation, strftime(as_of, '%Y-%m-%dT%H:%M:%S.%gZ') from warehouse_state`,
  );
  const row = result.getRows()[0];
  return row ? { generation: Number(row[0]), asOf: String(row[1] ?? '') } : null;
}

/** Moves "now" to the latest published batch; models that read it are derived again when its day changes. */
async function advanceState(
  database: Database,
  settings: RefreshSettings,
  of: { before: string | null; changes: Changes },
): Promise<string> {
  const { writer } = database;
  if (of.before === null) {
    await writer.run('insert into warehouse_state values (0, null)');
    await writer.run('insert into group_currency values ($currency)', {
      currency: settings.groupCurrency,
    });
  }
  const currencies = await textsFrom(database, 'select currency from group_currency');
  if (!currencies.has(settings.groupCurrency))
    throw new Error(
      `the warehouse is in ${[...currencies].join()} but the configuration says group_currency ${settings.groupCurrency}: run \`npx quittance rebuild\``,
    );
  await writer.run(
    `update warehouse_state set as_of = (select max(extracted_at) from batch where status = 'published')`,
  );
  const asOf = (await readState(database))?.asOf ?? '';
  if (asOf.slice(0, 10) !== of.before?.slice(0, 10)) of.changes.markAll('warehouse_state');
  return asOf;
}

async function totals(
  database: Database,
  applied: readonly Manifest[],
): Promise<{ physical: number; loaded: number; rejected: number; ignored: number }> {
  const ids = applied.map(({ batch_id }) => quoteLiteral(batch_id)).join(', ') || 'null';
  const result = await database.writer.runAndReadAll(
    `select coalesce(sum(physical), 0), coalesce(sum(loaded), 0), coalesce(sum(rejected), 0), coalesce(sum(ignored), 0)
     from load_count where batch_id in (${ids})`,
  );
  const [physical = 0, loaded = 0, rejected = 0, ignored = 0] = (result.getRows()[0] ?? []).map(
    Number,
  );
  return { physical, loaded, rejected, ignored };
}

async function textsFrom(database: Database, sql: string): Promise<Set<string>> {
  const result = await database.writer.runAndReadAll(sql);
  return new Set(result.getRows().map((row) => String(row[0])));
}

async function numberFrom(database: Database, sql: string): Promise<number> {
  const result = await database.writer.runAndReadAll(sql);
  return Number(result.getRows()[0]?.[0]);
}
