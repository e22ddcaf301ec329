import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import * as v from 'valibot';
import type { State } from '../state/database.ts';
import { measured, type BackupManifest } from './backup.ts';
import { unpackEntries, type Entry } from './entries.ts';
import { unseal } from './sealed-stream.ts';
import { StateLoader } from './state-rows.ts';

const manifestSchema = v.object({
  made_at: v.string(),
  state: v.object({
    migrations: v.array(v.number()),
    sequences: v.array(v.object({ name: v.string(), last_value: v.nullable(v.string()) })),
  }),
  audit_head: v.nullable(v.object({ id: v.number(), hash: v.string() })),
  entries: v.array(v.object({ name: v.string(), bytes: v.number(), sha256: v.string() })),
});

/** Signing keys and secrets: readable by their owner only. */
const secretFiles = /\.key$/;

/**
 * Puts a backup into an empty folder and an unused database; both or neither.
 *
 * Shape   `openState` opens the state once the folder's files are back: its secret is one of them.
 * Errors  a folder that is not empty, a wrong passphrase, a backup cut off or changed, a database in
 *         use, or one of another version: what is wrong and what to do; the folder is empty again
 */
export async function restore(options: {
  path: string;
  dataFolder: string;
  passphrase: string;
  openState: () => Promise<State>;
}): Promise<{ manifest: BackupManifest; state: State }> {
  const { path, dataFolder, passphrase, openState } = options;
  const present = await readdir(dataFolder).catch(() => []);
  if (present.length > 0) {
    throw new Error(
      `${dataFolder} is not empty (it holds ${present.slice(0, 3).join(', ')}); restore into a new folder with --data DIR`,
    );
  }
  await mkdir(dataFolder, { recursive: true });
  let state: State | undefined;
  let loader: StateLoader | undefined;
  try {
    const found = new Map<string, { bytes: number; sha256: string }>();
    let manifest: BackupManifest | undefined;
    for await (const entry of entriesOf(path, passphrase)) {
      if (entry.name === 'manifest') {
        manifest = await readManifest(entry.content);
        continue;
      }
      const content = measured(entry, ({ name, ...rest }) => found.set(name, rest));
      if (entry.name.startsWith('file/')) {
        await writeWithin(dataFolder, entry.name.slice('file/'.length), content);
      } else if (entry.name.startsWith('state/')) {
        state ??= await openState();
        loader ??= await StateLoader.open(state.url);
        await loader.load(entry.name.slice('state/'.length), content);
      } else {
        throw new Error(`The backup holds "${entry.name}", which this version does not know`);
      }
    }
    if (manifest === undefined || state === undefined || loader === undefined) {
      throw new Error('The backup holds no decisions or no manifest; use another one');
    }
    compare(manifest, found);
    await loader.finish(manifest.state);
    return { manifest, state };
  } catch (cause) {
    await loader?.cancel().catch(() => undefined);
    await state?.close({ stopServer: true });
    for (const name of await readdir(dataFolder)) {
      await rm(join(dataFolder, name), { recursive: true, force: true });
    }
    throw cause;
  }
}

async function* entriesOf(path: string, passphrase: string): AsyncGenerator<Entry> {
  const sealed = createReadStream(path) as AsyncIterable<Buffer>;
  const plain = createZstdDecompress();
  // An error of either end reaches the reader of the last stream.
  pipeline(Readable.from(unseal(sealed, passphrase)), plain).catch((cause: unknown) =>
    plain.destroy(cause instanceof Error ? cause : new Error(String(cause))),
  );
  yield* unpackEntries(plain as AsyncIterable<Buffer>);
}

async function readManifest(content: AsyncIterable<Buffer>): Promise<BackupManifest> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return v.parse(manifestSchema, JSON.parse(Buffer.concat(chunks).toString()));
}

async function writeWithin(
  folder: string,
  name: string,
  content: AsyncIterable<Buffer>,
): Promise<void> {
  const path = normalize(name);
  if (path.startsWith('..') || path.startsWith('/')) {
    throw new Error(`The backup names a file outside its folder: ${name}; it was not written`);
  }
  await mkdir(join(folder, dirname(path)), { recursive: true });
  const mode = secretFiles.test(path) ? 0o600 : 0o644;
  await pipeline(content, createWriteStream(join(folder, path), { flags: 'wx', mode }));
}

function compare(
  manifest: BackupManifest,
  found: ReadonlyMap<string, { bytes: number; sha256: string }>,
): void {
  for (const { name, bytes, sha256 } of manifest.entries) {
    const here = found.get(name);
    if (here?.bytes !== bytes || here.sha256 !== sha256) {
      throw new Error(`${name} is not what the backup says it is; use another backup`);
    }
  }
  if (found.size !== manifest.entries.length) {
    throw new Error('The backup holds files its manifest does not name; use another backup');
  }
}
