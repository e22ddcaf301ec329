import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const counts = v.record(v.string(), v.number());

const manifestSchema = v.object({
  batch_id: v.string(),
  source: v.string(),
  connector: v.string(),
  settings: v.unknown(),
  extracted_at: v.string(),
  files: v.array(v.object({ name: v.string(), bytes: v.number(), sha256: v.string() })),
  streams: v.record(v.string(), v.object({ rows: v.number(), columns: v.array(v.string()) })),
  physical_records: counts,
  rejected: counts,
  ignored: v.array(v.object({ stream: v.string(), reason: v.string(), count: v.number() })),
  control_totals: v.array(v.object({ name: v.string(), expected: v.string(), actual: v.string() })),
  warnings: v.array(v.string()),
  status: v.picklist(['landed', 'held']),
  held_because: v.optional(v.string()),
});

/**
 * What a landed batch says about itself. For every stream
 * `physical_records = streams.rows + rejected + ignored`, or the batch was not landed.
 *
 * Shape  `settings` are those the batch was read with, complete with their mapping.
 * Units  `extracted_at` UTC ISO with milliseconds; `bytes` of each source file.
 */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** Folder of all raw batches of a data folder. */
export function rawFolder(dataFolder: string): string {
  return join(dataFolder, 'raw');
}

/** Folder of one batch. */
export function batchFolder(dataFolder: string, source: string, batchId: string): string {
  return join(rawFolder(dataFolder), source, batchId);
}

/**
 * The manifest of a batch folder.
 *
 * Errors  throws when the folder holds no manifest or an unreadable one: a batch is published by
 *         renaming its folder, so this means that somebody changed it afterwards.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json');
  try {
    return v.parse(manifestSchema, JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new Error(
      `${path}: expected the manifest of a landed batch. Restore the folder from a backup, or remove it and load its files again.`,
      { cause },
    );
  }
}

/** Manifests of all landed batches, in the order of `extracted_at`, then `batch_id`. */
export async function listBatches(dataFolder: string): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const source of await foldersIn(rawFolder(dataFolder)))
    for (const batch of await foldersIn(join(rawFolder(dataFolder), source)))
      manifests.push(await readManifest(batchFolder(dataFolder, source, batch)));
  return manifests.sort(
    (a, b) => compare(a.extracted_at, b.extracted_at) || compare(a.batch_id, b.batch_id),
  );
}

/** Names of the folders in a folder, without those still being written; none when it is absent. */
async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
