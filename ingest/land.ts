import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { SourceFileError, type Connector } from './connector.ts';
import { connectorNamed } from './connectors.ts';
import type { ExtractOrder } from './extract-process.ts';
import { childAnswers } from './landing/extract-child.ts';
import type { Landed } from './landing/landing.ts';
import { batchFolder, rawFolder, readManifest, type Manifest } from './manifest.ts';

export { batchFolder, listBatches, readManifest, type Manifest } from './manifest.ts';

/** Version of the raw layout; part of the batch id. */
const rawVersion = 1;
/** Landing needs the decoded copy and the Parquet at worst; so much of the files' size must be free. */
const freeSpaceFactor = 2;
const freeSpaceReserve_bytes = 32 << 20;

export interface LandRequest {
  readonly dataFolder: string;
  readonly source: {
    readonly name: string;
    readonly connector: string;
    readonly settings: unknown;
  };
  readonly paths: readonly string[];
  /** UTC ISO time the data is as of; now when absent. */
  readonly extractedAt?: string | undefined;
  readonly onProgress?:
    ((progress: { step: string; count: number; total?: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What became of one delivery. `refused`: nothing of it was loaded, `why` says what to do.
 * `unchanged`: the same files were landed before; the manifest is that of the first time.
 */
export type LandReport =
  | {
      readonly outcome: 'landed' | 'held' | 'unchanged';
      readonly files: readonly string[];
      readonly manifest: Manifest;
    }
  | { readonly outcome: 'refused'; readonly files: readonly string[]; readonly why: string };

/**
 * Lands files of one source as immutable raw batches, one per delivery (see `Connector.deliveries`).
 *
 * Definition  Each batch is written to a hidden folder, fsynced and renamed, so it is there as a
 *             whole or not at all. Its id is a hash of source, connector, settings and the files'
 *             names and contents: landing the same again changes nothing.
 * Errors      a file that cannot be taken as a whole is reported as refused and does not stop the
 *             other deliveries; a full disk, an abort and a crash of the child throw.
 */
export async function landFiles(request: LandRequest): Promise<LandReport[]> {
  const { dataFolder, source, signal } = request;
  checkSourceName(source.name);
  const connector = connectorNamed(source.connector);
  const settings = parseSettings(connector, source.name, source.settings);
  const paths = [...new Set(request.paths)];
  for (const path of paths) await checkReadable(path);
  const groups = connector.deliveries?.(paths, settings) ?? paths.map((path) => [path]);

  const deliveries: Delivery[] = [];
  const reports: LandReport[] = [];
  let done = 0;
  for (const group of groups) {
    const delivery = await identify(request, settings, group);
    done++;
    request.onProgress?.({ step: 'checking files', count: done, total: groups.length });
    const files = group.map((path) => basename(path));
    if (await exists(join(delivery.folder, 'manifest.json')))
      reports.push({ outcome: 'unchanged', files, manifest: await readManifest(delivery.folder) });
    else if (!deliveries.some(({ batchId }) => batchId === delivery.batchId))
      deliveries.push(delivery);
  }
  if (deliveries.length === 0) return reports;
  await removeLeftovers(dataFolder, source.name);
  await checkFreeSpace(dataFolder, deliveries);
  for (const { temporary } of deliveries) beingWritten.add(temporary);
  try {
    await extract({ request, settings, deliveries, report: (report) => reports.push(report) });
  } finally {
    for (const { temporary } of deliveries) {
      await rm(temporary, { recursive: true, force: true });
      beingWritten.delete(temporary);
    }
  }
  signal?.throwIfAborted();
  return reports;
}

/** Folders this process is writing at the moment. */
const beingWritten = new Set<string>();

interface SourceFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly modified_ms: number;
}

interface Delivery {
  readonly batchId: string;
  readonly files: readonly SourceFile[];
  readonly folder: string;
  readonly temporary: string;
}

/** A source's name is a folder and part of every key. */
function checkSourceName(name: string): void {
  if (/^[a-z][a-z0-9_-]{0,62}$/u.test(name)) return;
  throw new Error(
    `Source name "${name}": expected lower-case letters, digits, - and _, beginning with a letter, e.g. "erp" or "main-bank".`,
  );
}

/** Settings as the connector understands them; a wrong one names its field. */
function parseSettings(connector: Connector, source: string, settings: unknown): unknown {
  const result = v.safeParse(connector.settings, settings ?? {});
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
  throw new Error(
    `Settings of source "${source}" (${connector.name}): ${issues.join(' ')} Correct them in quittance.json.`,
  );
}

async function checkReadable(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new SourceFileError(
      `${path}: expected a file, but there is none that can be read. Check the path.`,
      { cause },
    );
  });
  if (!found.isFile())
    throw new SourceFileError(
      `${path}: expected a file. Name the files in this folder one by one or with a pattern.`,
    );
}

async function identify(
  { dataFolder, source }: LandRequest,
  settings: unknown,
  paths: readonly string[],
): Promise<Delivery> {
  const files: SourceFile[] = [];
  for (const path of paths) files.push(await describeFile(path));
  files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const identity = [
    source.name,
    source.connector,
    String(rawVersion),
    canonicalJson(settings),
    ...files.flatMap(({ name, sha256 }) => [name, sha256]),
  ];
  const batchId = createHash('sha256').update(identity.join('\u001f')).digest('hex').slice(0, 32);
  return {
    batchId,
    files,
    folder: batchFolder(dataFolder, source.name, batchId),
    temporary: join(rawFolder(dataFolder), source.name, `.landing-${process.pid}-${randomUUID()}`),
  };
}

async function describeFile(path: string): Promise<SourceFile> {
  const { size, mtimeMs } = await stat(path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(chunk as Buffer);
  return {
    name: basename(path),
    path,
    bytes: size,
    sha256: hash.digest('hex'),
    modified_ms: mtimeMs,
  };
}

/** JSON with sorted names, so that equal settings give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Runs the child over all deliveries and publishes each as it is done. */
async function extract({
  request,
  settings,
  deliveries,
  report,
}: {
  request: LandRequest;
  settings: unknown;
  deliveries: readonly Delivery[];
  report: (report: LandReport) => void;
}): Promise<void> {
  const order: ExtractOrder = {
    connector: request.source.connector,
    settings,
    deliveries: deliveries.map(({ temporary, files }) => ({
      folder: temporary,
      paths: files.map(({ path }) => path),
    })),
  };
  const extractedAt = request.extractedAt ?? new Date().toISOString();
  const open = new Map(deliveries.map((delivery) => [delivery.temporary, delivery]));
  for await (const answer of childAnswers(order, request.signal)) {
    if (answer.kind === 'progress') {
      request.onProgress?.({ step: answer.step, count: answer.count });
      continue;
    }
    const delivery = open.get(answer.folder);
    if (!delivery) continue;
    open.delete(answer.folder);
    const files = delivery.files.map(({ name }) => name);
    if (answer.kind === 'landed') {
      const manifest = manifestOf({
        request,
        settings,
        extractedAt,
        delivery,
        landed: answer.landed,
      });
      report(await publishedReport(delivery, manifest));
    } else if (answer.reason === 'source_file')
      report({ outcome: 'refused', files, why: answer.message });
    else if (answer.reason === 'disk_full') throw diskFull(request.dataFolder, answer.message);
    else
      throw new Error(
        `${files.join(', ')}: reading failed; nothing of it was loaded. ${answer.message}`,
      );
    await rm(delivery.temporary, { recursive: true, force: true });
  }
}

function manifestOf({
  request,
  settings,
  extractedAt,
  delivery,
  landed,
}: {
  request: LandRequest;
  settings: unknown;
  extractedAt: string;
  delivery: Delivery;
  landed: Landed;
}): Manifest {
  const wrong = landed.control_totals.filter(({ expected, actual }) => expected !== actual);
  const because = wrong
    .map(
      ({ name, expected, actual }) =>
        `${name}: the source says ${expected}, its rows make ${actual}`,
    )
    .join('; ');
  return {
    batch_id: delivery.batchId,
    source: request.source.name,
    connector: request.source.connector,
    settings,
    extracted_at: new Date(extractedAt).toISOString(),
    files: delivery.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
    ...landed,
    ...(wrong.length > 0 ? { status: 'held', held_because: because } : { status: 'landed' }),
  };
}

async function publishedReport(delivery: Delivery, manifest: Manifest): Promise<LandReport> {
  const files = delivery.files.map(({ name }) => name);
  try {
    await publish(delivery, manifest);
    return { outcome: manifest.status, files, manifest };
  } catch (error) {
    if (error instanceof SourceFileError) return { outcome: 'refused', files, why: error.message };
    throw error;
  }
}

/** Makes a batch visible: everything is on the disk before the folder gets its name. */
async function publish(delivery: Delivery, manifest: Manifest): Promise<void> {
  for (const { path, name, bytes, modified_ms } of delivery.files) {
    const now = await stat(path);
    if (now.size !== bytes || now.mtimeMs !== modified_ms)
      throw new SourceFileError(
        `${name}: the file changed while it was read; nothing of it was loaded. Load it again once it is complete.`,
      );
  }
  await writeFile(
    join(delivery.temporary, 'manifest.json'),
    `${JSON.stringify(manifest, null, 2)}\n`,
  );
  for (const name of await readdir(delivery.temporary)) await sync(join(delivery.temporary, name));
  await sync(delivery.temporary);
  await rename(delivery.temporary, delivery.folder).catch(async (error: unknown) => {
    if (!(await exists(join(delivery.folder, 'manifest.json')))) throw error;
  });
  await sync(join(delivery.folder, '..'));
}

async function sync(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function checkFreeSpace(dataFolder: string, deliveries: readonly Delivery[]): Promise<void> {
  await mkdir(rawFolder(dataFolder), { recursive: true });
  const { bavail, bsize } = await statfs(rawFolder(dataFolder));
  const largest = deliveries
    .flatMap(({ files }) => files)
    .reduce((sum, { bytes }) => sum + bytes, 0);
  const needed = largest * freeSpaceFactor + freeSpaceReserve_bytes;
  if (bavail * bsize >= needed) return;
  throw diskFull(
    dataFolder,
    `${megabytes(bavail * bsize)} are free, ${megabytes(needed)} are needed`,
  );
}

function diskFull(dataFolder: string, detail: string): Error {
  return new Error(
    `The disk of ${dataFolder} is full (${detail}). Nothing half was published and temporary files were removed. Free some space and load the files again.`,
  );
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Removes what a landing killed by a power cut left behind; those of running processes stay. */
async function removeLeftovers(dataFolder: string, source: string): Promise<void> {
  const folder = join(rawFolder(dataFolder), source);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const pid = /^\.landing-(\d+)-/u.exec(name)?.[1];
    if (pid === undefined || beingWritten.has(join(folder, name))) continue;
    if (Number(pid) !== process.pid && isRunning(Number(pid))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
