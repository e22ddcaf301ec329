import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  exportedHead,
  headText,
  noteHead,
  readHeads,
} from '../../../web/src/lib/server/audit-heads.ts';
import { appendAudit, verifyAudit } from '../../../web/src/lib/server/state/audit.ts';
import { freshState } from './fresh-state.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'quittance-heads-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const entry = {
  actor: 'system:test',
  action: 'test.done',
  subject: 'S',
  before: null,
  after: null,
};

test('each head is noted once, signed, and readable by the owner only', async () => {
  const state = await freshState();
  const dataFolder = await folder();
  expect(await noteHead(state, dataFolder)).toBeNull();
  await appendAudit(state, entry);
  await noteHead(state, dataFolder);
  await noteHead(state, dataFolder);
  await appendAudit(state, entry);
  await noteHead(state, dataFolder);
  expect((await readHeads(dataFolder)).map(({ id }) => id)).toEqual([1, 2]);
  expect((await stat(join(dataFolder, 'audit-signing.key'))).mode & 0o777).toBe(0o600);
});

test('a head that was changed or signed by another key does not count', async () => {
  const state = await freshState();
  const [here, elsewhere] = [await folder(), await folder()];
  await appendAudit(state, entry);
  const head = await noteHead(state, here);
  const foreign = await noteHead(state, elsewhere);
  if (head === null || foreign === null) throw new Error('the log has a row');
  const path = join(here, 'audit-heads.log');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/^1 /, '9 '));
  await appendFile(path, `${headText(foreign)}\nnot a head\n`);
  expect(await readHeads(here)).toEqual([]);
  expect(await exportedHead(headText(head), here)).toEqual(head);
  await expect(exportedHead(headText(foreign), here)).rejects.toThrow('not signed by the key');
  await expect(exportedHead('1 abc', here)).rejects.toThrow('<row> <hash> <signature>');
});

test('rows cut off the end are found by a head that left the system', async () => {
  const state = await freshState();
  const dataFolder = await folder();
  await appendAudit(state, entry);
  const head = await noteHead(state, dataFolder);
  if (head === null) throw new Error('the log has a row');
  const emptied = await freshState();
  expect((await verifyAudit(emptied)).intact).toBe(true);
  const exported = await exportedHead(headText(head), dataFolder);
  expect((await verifyAudit(emptied, [exported])).first_break).toEqual({
    id: 1,
    why: 'rows up to 1 were noted outside and are gone',
  });
});
