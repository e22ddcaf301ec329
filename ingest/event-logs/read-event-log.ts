import { open, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { EventColumns } from './event-columns.ts';
import type { LogMapping } from './log-mapping.ts';
import { readOcelJson } from './read-ocel-json.ts';
import { readOcelSqlite } from './read-ocel-sqlite.ts';
import { readTable } from './read-table.ts';
import { readXes } from './read-xes.ts';

const chunkBytes = 1 << 20;
/** Largest JSON document: it is read as a whole. */
const jsonLimitBytes = 512 << 20;

/**
 * Reads an event log of any origin, told by its first bytes: XES, CSV, OCEL JSON (each packed with
 * gzip or not), Parquet and OCEL 2.0 SQLite.
 *
 * Shape   events in the order of the file
 * Errors  throws with the file's name, what was expected, what came and what to do
 */
export async function readEventLog(path: string, mapping: LogMapping = {}): Promise<EventColumns> {
  try {
    return await readKnown(path, mapping);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${basename(path)}: ${plainMessage(message)}`, { cause });
  }
}

async function readKnown(path: string, mapping: LogMapping): Promise<EventColumns> {
  const head = await firstBytes(path);
  const isPacked = head[0] === 0x1f && head[1] === 0x8b;
  const text = isPacked ? await unpackedBeginning(path) : head;
  if (text.length === 0) throw new Error('the file is empty; expected an event log');
  const start = text
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (start.startsWith('PAR1'))
    return readTable({ path, format: 'parquet', beginning: text, mapping });
  if (start.startsWith('SQLite format 3')) return readOcelSqlite(path, mapping);
  if (start.startsWith('PK\u0003\u0004'))
    throw new Error(
      'expected XES, CSV, Parquet or OCEL, got a ZIP archive or spreadsheet; unpack it or save it as CSV',
    );
  if (start.startsWith('<') || isWideText(text)) return readXes(contents(path, isPacked), mapping);
  if (start.startsWith('{')) return readOcelJson(await wholeText(path, isPacked), mapping);
  return readTable({ path, format: isPacked ? 'packed_csv' : 'csv', beginning: text, mapping });
}

/** UTF-16 XML, which the reader of XES refuses with advice. */
function isWideText(bytes: Buffer): boolean {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe && bytes[2] === 0x3c;
  return wide || (bytes[0] === 0xfe && bytes[1] === 0xff && bytes[3] === 0x3c);
}

async function firstBytes(path: string): Promise<Buffer> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new Error(`there is no file ${path}; check the path`);
  if (!found.isFile()) throw new Error(`expected a file, got a folder; name the log in it`);
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(Math.min(found.size, chunkBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function unpackedBeginning(path: string): Promise<Buffer> {
  for await (const chunk of contents(path, true)) return chunk;
  return Buffer.alloc(0);
}

async function* contents(path: string, isPacked: boolean): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  if (!isPacked) {
    yield* file as AsyncIterable<Buffer>;
    return;
  }
  const unpacked = createGunzip({ chunkSize: chunkBytes });
  file.on('error', (error) => unpacked.destroy(error));
  try {
    yield* file.pipe(unpacked) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new Error(
      `the gzip file is cut off or damaged (${cause instanceof Error ? cause.message : String(cause)}); get it again and load the whole file`,
      { cause },
    );
  } finally {
    file.destroy();
  }
}

async function wholeText(path: string, isPacked: boolean): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of contents(path, isPacked)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > jsonLimitBytes)
      throw new Error(
        `expected a JSON log of at most ${jsonLimitBytes >> 20} MB; export it as OCEL 2.0 SQLite or as XES`,
      );
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** DuckDB's and SQLite's messages begin with the kind of error and go on with advice on their own options. */
function plainMessage(message: string): string {
  return message.split('\n\n')[0]?.trim() ?? message;
}
