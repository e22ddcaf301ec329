import { ByteReader, SealError } from './sealed-stream.ts';

/** One named stream of bytes in a backup. */
export interface Entry {
  readonly name: string;
  readonly content: AsyncIterable<Buffer>;
}

const longestName = 4_096;

/** Writes entries one after the other: name, then chunks with their lengths, then an empty chunk. */
export async function* packEntries(entries: AsyncIterable<Entry>): AsyncGenerator<Buffer> {
  for await (const { name, content } of entries) {
    yield block(Buffer.from(name));
    for await (const chunk of content) if (chunk.length > 0) yield block(chunk);
    yield lengthOf(0);
  }
  yield lengthOf(0);
}

/** Reads what `packEntries` wrote; each entry must be read to its end before the next is asked for. */
export async function* unpackEntries(source: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const reader = new ByteReader(source);
  for (;;) {
    const name = await readBlock(reader);
    if (name === null) return;
    if (name.length > longestName) throw new SealError('The backup names a file it cannot hold');
    yield { name: name.toString(), content: chunks(reader) };
  }
}

async function* chunks(reader: ByteReader): AsyncGenerator<Buffer> {
  for (let chunk = await readBlock(reader); chunk !== null; chunk = await readBlock(reader)) {
    yield chunk;
  }
}

async function readBlock(reader: ByteReader): Promise<Buffer | null> {
  const length = (await reader.read(4))?.readUInt32BE();
  if (length === undefined) throw new SealError('The backup ends in the middle of a file');
  if (length === 0) return null;
  const bytes = await reader.read(length);
  if (bytes === null) throw new SealError('The backup ends in the middle of a file');
  return bytes;
}

const block = (bytes: Buffer): Buffer => Buffer.concat([lengthOf(bytes.length), bytes]);

function lengthOf(length: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(length);
  return buffer;
}
