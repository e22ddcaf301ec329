import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditAnchor } from './state/audit.ts';
import type { Queries } from './state/database.ts';

/**
 * A head of the audit log: its last row at some time, signed. Noted in `audit-heads.log` of the data
 * folder and carried out in every digest, so that a log cut short or written anew is found later.
 */
export interface SignedHead extends AuditAnchor {
  /** Ed25519 over `audit <id> <hash>`, base64. */
  readonly signature: string;
}

const headsFile = 'audit-heads.log';
const privateFile = 'audit-signing.key';
const publicFile = 'audit-signing.pub';

/** The signed heads noted so far, oldest first; lines that are not ours are left out. */
export async function readHeads(dataFolder: string): Promise<SignedHead[]> {
  const text = await readFile(join(dataFolder, headsFile), 'utf8').catch(() => '');
  const key = createPublicKey(await signingKey(dataFolder));
  return text.split('\n').flatMap((line) => {
    const head = parseHead(line);
    return head !== null && isSigned(head, key) ? [head] : [];
  });
}

/** Signs the last row of the audit log and notes it; null while the log is empty. */
export async function noteHead(queries: Queries, dataFolder: string): Promise<SignedHead | null> {
  const [last] = await queries.query<AuditAnchor>(
    'select id, hash from audit_log order by id desc limit 1',
  );
  if (last === undefined) return null;
  const noted = (await readHeads(dataFolder)).at(-1);
  if (noted?.id === last.id && noted.hash === last.hash) return noted;
  const signature = sign(null, signedBytes(last), await signingKey(dataFolder)).toString('base64');
  const head = { ...last, signature };
  await appendFile(join(dataFolder, headsFile), `${headText(head)}\n`, { mode: 0o600 });
  return head;
}

/** A head as it is noted and mailed: row, hash and signature. */
export function headText(head: SignedHead): string {
  return `${head.id} ${head.hash} ${head.signature}`;
}

/**
 * Reads a head as it stood in a mail or a file.
 *
 * Errors  names what is wrong: not a head at all, or not signed by this data folder
 */
export async function exportedHead(text: string, dataFolder: string): Promise<SignedHead> {
  const head = parseHead(text.trim());
  if (head === null) {
    throw new Error(
      `A head is "<row> <hash> <signature>" as the digest and ${headsFile} show it; got "${text.slice(0, 80)}"`,
    );
  }
  if (!isSigned(head, createPublicKey(await signingKey(dataFolder)))) {
    throw new Error(
      `The head of row ${head.id} is not signed by the key of this data folder; use the folder it came from, with its ${privateFile}`,
    );
  }
  return head;
}

function parseHead(line: string): SignedHead | null {
  const found = /^(\d{1,15}) ([0-9a-f]{64}) ([A-Za-z0-9+/]{86}==)$/.exec(line);
  const [, id, hash, signature] = found ?? [];
  return hash === undefined || signature === undefined ? null : { id: Number(id), hash, signature };
}

function isSigned(head: SignedHead, key: KeyObject): boolean {
  return verify(null, signedBytes(head), key, Buffer.from(head.signature, 'base64'));
}

function signedBytes({ id, hash }: AuditAnchor): Buffer {
  return Buffer.from(`audit ${id} ${hash}`);
}

/** The Ed25519 key of the data folder, made when first asked for; its public half lies beside it. */
async function signingKey(dataFolder: string): Promise<KeyObject> {
  const path = join(dataFolder, privateFile);
  const made = generateKeyPairSync('ed25519');
  try {
    const pem = made.privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(path, pem, { flag: 'wx', mode: 0o600, flush: true });
    const shown = made.publicKey.export({ type: 'spki', format: 'pem' });
    await writeFile(join(dataFolder, publicFile), shown, { mode: 0o644 });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
  return createPrivateKey(await readFile(path, 'utf8'));
}
