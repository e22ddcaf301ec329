import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';

/** First bytes of a backup: what it is and the version of its layout. */
const magic = Buffer.from('QUITTANCE BACKUP 1\n');
const saltBytes = 16;
const tagBytes = 16;
const frameBytes = 1 << 20;
const keyCost = { N: 1 << 15, r: 8, p: 1, maxmem: 64 << 20 };

/** What is wrong with a backup that cannot be opened, and what to do. */
export class SealError extends Error {
  override name = 'SealError';
}

/**
 * Encrypts a stream: AES-256-GCM in frames of 1 MiB under a key derived from the passphrase by
 * scrypt. The frame number is the nonce and the last frame says that it is the last, so that frames
 * cannot be exchanged, left out or cut off.
 */
export async function* seal(
  source: AsyncIterable<Buffer>,
  passphrase: string,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes);
  const key = keyOf(passphrase, salt);
  yield Buffer.concat([magic, salt]);
  let number = 0n;
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of source) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes <= frameBytes) continue;
    let rest = Buffer.concat(held);
    while (rest.length > frameBytes) {
      yield frame(key, number++, rest.subarray(0, frameBytes), false);
      rest = rest.subarray(frameBytes);
    }
    held = [rest];
    heldBytes = rest.length;
  }
  yield frame(key, number, Buffer.concat(held), true);
}

/**
 * Decrypts what `seal` made.
 *
 * Errors  `SealError`: not a backup, wrong passphrase or changed, or cut off
 */
export async function* unseal(
  source: AsyncIterable<Buffer>,
  passphrase: string,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  const head = await reader.read(magic.length + saltBytes);
  if (head === null || !head.subarray(0, magic.length).equals(magic)) {
    throw new SealError('This file is not a backup of Quittance; choose one made by `backup`');
  }
  const key = keyOf(passphrase, head.subarray(magic.length));
  for (let number = 0n; ; number++) {
    const length = await reader.read(4);
    if (length === null) throw new SealError(cutOff);
    const isLast = (length.readUInt32BE() & lastFlag) !== 0;
    const sealed = await reader.read((length.readUInt32BE() & ~lastFlag) >>> 0);
    if (sealed === null) throw new SealError(cutOff);
    yield open(key, number, sealed, isLast);
    if (!isLast) continue;
    if ((await reader.read(1)) !== null) {
      throw new SealError('The backup goes on after its end; copy it again from where it was made');
    }
    return;
  }
}

const cutOff = 'The backup is cut off; copy it again from where it was made';
const lastFlag = 0x40000000;

function frame(key: Buffer, number: bigint, plain: Buffer, isLast: boolean): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number));
  cipher.setAAD(Buffer.from([isLast ? 1 : 0]));
  const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length | (isLast ? lastFlag : 0));
  return Buffer.concat([length, body]);
}

function open(key: Buffer, number: bigint, sealed: Buffer, isLast: boolean): Buffer {
  const wrong = new SealError(
    number === 0n
      ? 'The passphrase does not open this backup, or its beginning was changed'
      : 'The backup was changed after it was made; use another one',
  );
  if (sealed.length < tagBytes) throw wrong;
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number));
  decipher.setAAD(Buffer.from([isLast ? 1 : 0]));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    throw wrong;
  }
}

function nonceOf(number: bigint): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(number, 4);
  return nonce;
}

function keyOf(passphrase: string, salt: Buffer): Buffer {
  return scryptSync(passphrase.normalize('NFKC'), salt, 32, keyCost);
}

/** Reads exact numbers of bytes from chunks of any size. */
export class ByteReader {
  #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next `length` bytes; null when the stream ends before them. */
  async read(length: number): Promise<Buffer | null> {
    const parts = [this.#held];
    let bytes = this.#held.length;
    while (bytes < length) {
      const next = await this.#chunks.next();
      if (next.done === true) return null;
      parts.push(next.value);
      bytes += next.value.length;
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts);
    this.#held = all.subarray(length);
    return all.subarray(0, length);
  }
}
