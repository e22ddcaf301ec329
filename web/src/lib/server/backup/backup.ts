import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import pg from 'pg';
import { noteHead } from '../audit-heads.ts';
import type { State } from '../state/database.ts';
import { packEntries, type Entry } from './entries.ts';
import { seal } from './sealed-stream.ts';
import { stateEntries, type StateShape } from './state-rows.ts';

/** What a backup says about itself, its last entry. */
export interface BackupManifest {
  readonly made_at: string;
  readonly state: StateShape;
  /** Row and hash of the audit log's head. */
  readonly audit_head: { readonly id: number; readonly hash: string } | null;
  readonly entries: readonly { name: string; bytes: number; sha256: string }[];
}

/** Rebuilt or remade at the next start: the database files, the warehouse, what is being written. */
const leftOut = new Set(['postgres', 'postgres.log', 'temporary']);
const isLeftOut = (name: string): boolean =>
  leftOut.has(name) || name.startsWith('warehouse.duckdb');

/**
 * Writes one encrypted file with all that cannot be made again: raw batches, configuration, keys, and
 * every decision as of one moment. Quittance may be running. The warehouse is left out: it is derived
 * from the raw batches and is built at the first start after a restore.
 *
 * Errors  a file that exists is never overwritten; a broken attempt leaves no file behind
 */
export async function backup(options: {
  state: State;
  dataFolder: string;
  path: string;
  passphrase: string;
  onEntry?: (name: string) => void;
}): Promise<BackupManifest> {
  const { state, dataFolder, path, passphrase } = options;
  const head = await noteHead(state, dataFolder);
  const client = new pg.Client({
    connectionString: state.url,
    options: '-c timezone=UTC -c statement_timeout=0',
  });
  await client.connect();
  const partial = `${path}.partial`;
  const listed: { name: string; bytes: number; sha256: string }[] = [];
  let shape: StateShape | undefined;
  let manifest: BackupManifest | undefined;
  async function* entries(): AsyncGenerator<Entry> {
    for await (const entry of fileEntries(dataFolder)) yield counted(entry);
    for await (const entry of stateEntries(client, (found) => (shape = found)))
      yield counted(entry);
    if (shape === undefined) throw new Error('The database told nothing about itself');
    manifest = {
      made_at: new Date().toISOString(),
      state: shape,
      audit_head: head === null ? null : { id: head.id, hash: head.hash },
      entries: listed,
    };
    yield { name: 'manifest', content: only(Buffer.from(JSON.stringify(manifest))) };
  }
  function counted(entry: Entry): Entry {
    options.onEntry?.(entry.name);
    return { name: entry.name, content: measured(entry, (found) => listed.push(found)) };
  }
  try {
    await pipeline(
      Readable.from(packEntries(entries())),
      createZstdCompress(),
      (source) => seal(source as AsyncIterable<Buffer>, passphrase),
      createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }),
    );
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  } finally {
    await client.end();
  }
  if (manifest === undefined) throw new Error('The backup was not finished');
  return manifest;
}

async function* fileEntries(dataFolder: string): AsyncGenerator<Entry> {
  const found = await readdir(dataFolder, { withFileTypes: true, recursive: true });
  const paths = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dataFolder.length + 1))
    .filter((path) => !isLeftOut(path.split('/')[0] ?? ''))
    .sort();
  for (const path of paths) {
    yield { name: `file/${path}`, content: createReadStream(join(dataFolder, path)) };
  }
}

/** Passes an entry's bytes on and tells its size and hash when it ends. */
export async function* measured(
  entry: Entry,
  onEnd: (found: { name: string; bytes: number; sha256: string }) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of entry.content) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  onEnd({ name: entry.name, bytes, sha256: hash.digest('hex') });
}

async function* only(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}
