import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { backup } from '../../../web/src/lib/server/backup/backup.ts';
import {
  packEntries,
  unpackEntries,
  type Entry,
} from '../../../web/src/lib/server/backup/entries.ts';
import { restore } from '../../../web/src/lib/server/backup/restore.ts';
import { seal, unseal } from '../../../web/src/lib/server/backup/sealed-stream.ts';
import { verifyAudit } from '../../../web/src/lib/server/state/audit.ts';
import { openState, type State } from '../../../web/src/lib/server/state/database.ts';
import { commentOnCase } from '../../../web/src/lib/server/state/cases.ts';
import { freshDatabase, freshState, oneCase, somebody } from './fresh-state.ts';

const passphrase = 'a long enough passphrase';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'quittance-backup-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A company with a case, comments in several scripts, and files of every kind a data folder has. */
async function company(): Promise<{ state: State; dataFolder: string; path: string }> {
  const state = await freshState();
  const person = await somebody(state);
  const case_number = await oneCase(state);
  for (const body of ['a\nb\t"c" \\ (d,e)', '退回：付款账户已变更', "'; drop table cases; --"]) {
    await commentOnCase(state, person, { case_number, body });
  }
  const dataFolder = await folder();
  await mkdir(join(dataFolder, 'raw', 'erp', 'b1'), { recursive: true });
  await mkdir(join(dataFolder, 'postgres'));
  await mkdir(join(dataFolder, 'temporary'));
  await writeFile(join(dataFolder, 'secret.key'), `${'ab'.repeat(32)}\n`);
  await writeFile(join(dataFolder, 'raw', 'erp', 'b1', 'x.parquet'), Buffer.alloc(3_000_000, 7));
  await writeFile(join(dataFolder, 'raw', 'erp', 'b1', 'empty'), '');
  for (const name of ['postgres/pg', 'temporary/t', 'warehouse.duckdb', 'warehouse.duckdb.wal']) {
    await writeFile(join(dataFolder, name), 'derived');
  }
  return { state, dataFolder, path: join(await folder(), 'backup') };
}

async function emptyDatabase(): Promise<() => Promise<State>> {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  return async () => {
    const state = await openState(url);
    onTestFinished(() => state.close());
    return state;
  };
}

async function allRows(state: State): Promise<Record<string, unknown>> {
  const tables = await state.query<{ name: string }>(
    `select format('%I', relname) as name from pg_class where relkind = 'r'
     and relnamespace = 'public'::regnamespace and relname <> 'migration' order by 1`,
  );
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) {
    rows[name] = await state.query(`select t::text from ${name} t order by 1`);
  }
  return rows;
}

test('what is restored is what was backed up, to the last row and byte', async () => {
  const { state, dataFolder, path } = await company();
  const made = await backup({ state, dataFolder, path, passphrase });
  const target = join(await folder(), 'new');
  const open = await emptyDatabase();
  const { state: restored, manifest } = await restore({
    path,
    dataFolder: target,
    passphrase,
    openState: open,
  });
  expect(manifest).toEqual(made);
  expect(await allRows(restored)).toEqual(await allRows(state));
  expect((await verifyAudit(restored)).intact).toBe(true);
  expect((await readdir(target, { recursive: true })).sort()).toEqual([
    'audit-heads.log',
    'audit-signing.key',
    'audit-signing.pub',
    'raw',
    'raw/erp',
    'raw/erp/b1',
    'raw/erp/b1/empty',
    'raw/erp/b1/x.parquet',
    'secret.key',
  ]);
  expect(await readFile(join(target, 'raw/erp/b1/x.parquet'))).toEqual(Buffer.alloc(3_000_000, 7));
  // Numbers go on after the last one: nothing is handed out twice.
  expect(await oneCase(restored)).toBe('Q-1002');
  await expect(
    restored.query(`insert into case_comment (case_number, author, body) values ('Q-9', 'x', 'y')`),
  ).rejects.toThrow('foreign key');
});

test('decisions made meanwhile are in it whole or not at all', async () => {
  const { state, dataFolder, path } = await company();
  const person = await somebody(state);
  let isOver = false;
  const writing = (async () => {
    for (let n = 0; !isOver; n++) {
      await commentOnCase(state, person, { case_number: 'Q-1001', body: `remark ${n}` });
    }
  })();
  await backup({ state, dataFolder, path, passphrase });
  isOver = true;
  await writing;
  const { state: restored } = await restore({
    path,
    dataFolder: join(await folder(), 'new'),
    passphrase,
    openState: await emptyDatabase(),
  });
  expect((await verifyAudit(restored)).intact).toBe(true);
  const [counts] = await restored.query<{ remarks: number; rows: number }>(
    `select (select count(*) from case_comment) as remarks,
       (select count(*) from audit_log where action = 'case.commented') as rows`,
  );
  expect(counts?.remarks).toBe(counts?.rows);
});

test('nothing readable is in the file', async () => {
  const { state, dataFolder, path } = await company();
  await backup({ state, dataFolder, path, passphrase });
  const bytes = await readFile(path);
  for (const word of ['ab'.repeat(32), 'commented', '退回', 'parquet']) {
    expect(bytes.includes(word)).toBe(false);
  }
});

test('each thing wrong with a backup is named, and the folder stays empty', async () => {
  const { state, dataFolder, path } = await company();
  await backup({ state, dataFolder, path, passphrase });
  const good = await readFile(path);
  const attempt = async (bytes: Buffer, words = passphrase): Promise<string> => {
    const [copy, target] = [join(await folder(), 'copy'), await folder()];
    await writeFile(copy, bytes);
    const openEmpty = await emptyDatabase();
    const failure = await restore({
      path: copy,
      dataFolder: target,
      passphrase: words,
      openState: openEmpty,
    }).catch((cause: unknown) => (cause instanceof Error ? cause.message : String(cause)));
    expect(await readdir(target)).toEqual([]);
    return String(failure);
  };
  expect(await attempt(good, 'another passphrase')).toContain('passphrase does not open');
  expect(await attempt(good.subarray(0, good.length - 5))).toContain('cut off');
  expect(await attempt(good.subarray(0, 30))).toContain('not a backup');
  expect(await attempt(Buffer.from('something else entirely, and long enough'))).toContain(
    'not a backup',
  );
  const changed = Buffer.from(good);
  changed[changed.length - 30] = (changed[changed.length - 30] ?? 0) ^ 1;
  expect(await attempt(changed)).toMatch(/passphrase does not open|was changed/);
  expect(await attempt(Buffer.concat([good, Buffer.from('x')]))).toContain('goes on after its end');
});

test('a folder or database in use is left alone', async () => {
  const { state, dataFolder, path } = await company();
  await backup({ state, dataFolder, path, passphrase });
  await expect(backup({ state, dataFolder, path: `${path}/x`, passphrase })).rejects.toThrow();
  await expect(
    restore({ path, dataFolder, passphrase, openState: await emptyDatabase() }),
  ).rejects.toThrow('is not empty');
  const before = await allRows(state);
  const target = join(await folder(), 'new');
  await expect(
    restore({ path, dataFolder: target, passphrase, openState: () => openState(state.url) }),
  ).rejects.toThrow('holds decisions already');
  expect(await allRows(state)).toEqual(before);
});

test('a file outside the folder is never written', async () => {
  const outside = await folder();
  const path = join(outside, 'crafted');
  const entries = async function* (): AsyncGenerator<Entry> {
    yield { name: 'file/../escaped', content: chunk('x') };
  };
  const { createZstdCompress } = await import('node:zlib');
  const { pipeline } = await import('node:stream/promises');
  const { createWriteStream } = await import('node:fs');
  await pipeline(
    packEntries(entries()),
    createZstdCompress(),
    (source) => seal(source as AsyncIterable<Buffer>, passphrase),
    createWriteStream(path),
  );
  const dataFolder = join(outside, 'new');
  await expect(
    restore({ path, dataFolder, passphrase, openState: await emptyDatabase() }),
  ).rejects.toThrow('outside its folder');
  expect((await readdir(outside)).sort()).toEqual(['crafted', 'new']);
});

test('frames survive any chunking, and a shortened file is refused at every frame', async () => {
  const content = Buffer.alloc(2_500_000, 'ab');
  const parts = async function* (size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
  };
  for (const size of [777_777, 1 << 20, content.length]) {
    const sealed = Buffer.concat(await Array.fromAsync(seal(parts(size), passphrase)));
    const back = await Array.fromAsync(unseal(pieces(sealed, 65_536), passphrase));
    expect(Buffer.concat(back).equals(content)).toBe(true);
    const cut = sealed.subarray(0, sealed.length - ((size % 1_000) + 1));
    await expect(Array.fromAsync(unseal(pieces(cut, 65_536), passphrase))).rejects.toThrow(
      'cut off',
    );
  }
  const unpacked = unpackEntries(packEntries(oneEntry()));
  for await (const entry of unpacked) {
    expect(entry.name).toBe('a');
    expect(Buffer.concat(await Array.fromAsync(entry.content)).toString()).toBe('x');
  }
});

async function* oneEntry(): AsyncGenerator<Entry> {
  yield { name: 'a', content: chunk('x') };
}

async function* chunk(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
