import { isUtf8 } from 'node:buffer';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SourceFileError } from '../connector.ts';

const chunkBytes = 4 << 20;
const sampleBytes = 1 << 20;

/**
 * The encoding of a text file: the one its byte order mark or the settings name, else UTF-8 when
 * every byte is valid, else GB18030 when the text is unmistakably Chinese.
 *
 * Errors  throws `SourceFileError` with the offset of the first byte that is not UTF-8.
 */
export async function detectEncoding(path: string, told?: string): Promise<string> {
  const sample = await readStart(path);
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf-16le';
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf-16be';
  if (told && told.toLowerCase() !== 'utf-8') return checkedEncoding(told);
  const offset = await firstInvalidByte(path);
  if (offset === undefined) {
    if (isUtf16Ascii(sample)) return sample[0] === 0 ? 'utf-16be' : 'utf-16le';
    return 'utf-8';
  }
  if (!told && looksChinese(sample)) return 'gb18030';
  throw new SourceFileError(
    `${basename(path)}: expected UTF-8 text, but the byte at offset ${offset} is not UTF-8. Save the file as UTF-8, or set "encoding" of this source to what it is, e.g. "gb18030", "utf-16le" or "windows-1252".`,
  );
}

/**
 * Writes a file's text as UTF-8 to `target`, decoding it in a stream.
 *
 * Errors  throws `SourceFileError` when bytes do not belong to the encoding.
 */
export async function decodeFile(path: string, encoding: string, target: string): Promise<void> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let offset = 0;
  async function* decoded(): AsyncGenerator<string> {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
      yield decodeChunk(chunk as Buffer, true);
      offset += (chunk as Buffer).length;
    }
    yield decodeChunk(Buffer.alloc(0), false);
  }
  function decodeChunk(chunk: Buffer, stream: boolean): string {
    try {
      return decoder.decode(chunk, { stream });
    } catch (cause) {
      throw new SourceFileError(
        `${basename(path)}: expected ${encoding} text, but bytes after offset ${offset} are not. Correct "encoding" of this source, or save the file as UTF-8.`,
        { cause },
      );
    }
  }
  await pipeline(Readable.from(decoded()), createWriteStream(target));
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(sampleBytes);
    const { bytesRead } = await file.read(buffer, 0, sampleBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Offset of the first byte that is not UTF-8; undefined when all are. */
async function firstInvalidByte(path: string): Promise<number | undefined> {
  let carried = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    const bytes =
      carried.length > 0 ? Buffer.concat([carried, chunk as Buffer]) : (chunk as Buffer);
    const complete = bytes.length - incompleteTail(bytes);
    if (!isUtf8(bytes.subarray(0, complete))) return offset + invalidIn(bytes);
    carried = Buffer.from(bytes.subarray(complete));
    offset += complete;
  }
  return carried.length > 0 ? offset : undefined;
}

/** How many bytes at the end may be the beginning of a character (0 to 3). */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

/** Halves the range until the first invalid byte is left. */
function invalidIn(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    const head = bytes.subarray(0, middle);
    if (isUtf8(head.subarray(0, middle - incompleteTail(head)))) valid = middle;
    else invalid = middle;
  }
  // A prefix may end with the beginning of a character that never comes.
  return valid - incompleteTail(bytes.subarray(0, valid));
}

/** UTF-16 without a mark: ASCII text in it has a zero in every second byte. */
function isUtf16Ascii(sample: Buffer): boolean {
  if (sample.length < 4) return false;
  const pairs = Math.min(sample.length >> 1, 200);
  let even = 0;
  let odd = 0;
  for (let pair = 0; pair < pairs; pair++) {
    if (sample[2 * pair] === 0) even++;
    if (sample[2 * pair + 1] === 0) odd++;
  }
  return Math.max(even, odd) > pairs * 0.6 && Math.min(even, odd) === 0;
}

/**
 * True when nine of ten double bytes are common Chinese characters or full-width marks (GB 2312,
 * rows 1-3 and 16-87). Western text in windows-1252 has its accents beside ASCII letters.
 */
function looksChinese(sample: Buffer): boolean {
  let common = 0;
  let other = 0;
  for (let at = 0; at + 1 < sample.length; at++) {
    const lead = sample[at] ?? 0;
    if (lead < 0x80) continue;
    const trail = sample[at + 1] ?? 0;
    const isCommon =
      trail >= 0xa1 && ((lead >= 0xb0 && lead <= 0xf7) || (lead >= 0xa1 && lead <= 0xa3));
    if (isCommon) common++;
    else other++;
    at++;
  }
  return common >= 2 && common >= 9 * other;
}

function checkedEncoding(name: string): string {
  try {
    return new TextDecoder(name).encoding;
  } catch (cause) {
    throw new SourceFileError(
      `Encoding "${name}" is not known. Use "utf-8", "gb18030", "utf-16le", "windows-1252" or another name of the WHATWG encoding standard.`,
      { cause },
    );
  }
}
