import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { SourceFileError } from '../connector.ts';

/** Longest record; a quote still open after so many bytes was never closed. */
const recordLimitBytes = 1 << 20;
/** Longest physical line; a longer one is no table of text. */
const lineLimitBytes = 64 << 20;
const chunkBytes = 4 << 20;

const newline = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;

/** What a scan calls for each physical record after the header. `row` counts from 1. */
export interface CsvVisitor {
  /** A whole record. `plain` when its text may be handed on as it is. */
  row?(bytes: Buffer, start: number, end: number, row: number, plain: boolean): void;
  reject?(rejected: { source_row: number; code: string; detail: string; raw: string }): void;
  blank?(row: number): void;
}

/** Totals of a scan: `physical = rows + rejected + blank`. */
export interface CsvScan {
  readonly physical: number;
  readonly rows: number;
  readonly rejected: number;
  readonly blank: number;
  /** Every record can be read by a strict parser as it stands, with one kind of line break. */
  readonly plain: boolean;
  readonly multiline: boolean;
}

/** How a record ended. `open`: the quote is not closed; `more`: the rest is not in memory yet. */
type Ending = 'whole' | 'more' | 'open' | 'text_after_quote' | 'nul';

/**
 * Reads the physical records of a UTF-8 delimited file, aware of quotes, in one pass and flat memory.
 *
 * Definition  A record over several lines counts only when it is perfect: closed quotes, as many
 *             fields as the header, and not simply lines that are each a record of their own.
 *             Otherwise its first line alone is rejected and reading resumes on the next, so an
 *             unterminated quote never swallows its neighbours.
 * Errors      throws `SourceFileError` for a file that is cut off: its last line has no line break
 *             (unless `finalLineBreak` is 'optional' and the line is complete), or the end comes
 *             within a quoted field.
 */
export async function scanCsv(options: {
  path: string;
  delimiter: string;
  fields: number;
  finalLineBreak: 'required' | 'optional';
  visitor: CsvVisitor;
  onProgress?: ((rows: number) => void) | undefined;
}): Promise<CsvScan> {
  const { path, fields, visitor } = options;
  const delimiter = options.delimiter.charCodeAt(0);
  const reader = recordReader(delimiter);
  let header = true;
  let physical = 0;
  let rows = 0;
  let rejected = 0;
  let blank = 0;
  let plain = true;
  let multiline = false;
  let crlf = 0;
  let lines = 0;
  let openRow = 0;

  function reject(code: string, detail: string, bytes: Buffer, start: number, end: number): void {
    if (openRow > 0) throw cutOff(path, `the quote opened in record ${openRow} is never closed`);
    rejected++;
    visitor.reject?.({
      source_row: physical,
      code,
      detail,
      raw: bytes.toString('utf8', start, Math.min(end, start + 4000)),
    });
  }

  /** Visits the records that are complete in `bytes`; gives how many bytes were used. */
  function visitRecords(bytes: Buffer, final: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      let ending = reader.read(bytes, at, final);
      if (ending === 'more') {
        if (bytes.length - at <= recordLimitBytes) return at;
        ending = 'open';
      }
      const firstLine = endOfLine(bytes, at);
      const atEnd = final && reader.end >= bytes.length && !reader.terminated;
      const start = at;
      if (firstLine >= bytes.length && !final) {
        if (bytes.length - at <= lineLimitBytes) return at;
        throw lineTooLong(path);
      }
      if (header) {
        if (ending === 'whole' && reader.end === start + (reader.crlf ? 1 : 0)) {
          at = reader.next;
          continue;
        }
        header = false;
        at = reader.next;
        plain &&= reader.plain && !reader.multiline;
        lines++;
        if (reader.crlf) crlf++;
        continue;
      }
      physical++;
      lines++;
      const swallowed =
        reader.multiline &&
        ending === 'whole' &&
        eachLineIsARecord(bytes, start, reader.end, delimiter, fields);
      if (ending === 'whole' && reader.multiline && (swallowed || reader.fields !== fields))
        ending = 'open';
      if (ending === 'whole' && !(reader.fields === fields)) {
        if (reader.end === start) {
          blank++;
          visitor.blank?.(physical);
        } else {
          if (atEnd)
            throw cutOff(
              path,
              `its last line has ${reader.fields} of ${fields} fields and no line break`,
            );
          reject(
            'field_count',
            `expected ${fields} fields, got ${reader.fields}`,
            bytes,
            start,
            reader.end,
          );
        }
        at = reader.next;
        continue;
      }
      if (ending !== 'whole') {
        if (final && firstLine >= bytes.length)
          throw cutOff(path, `it ends within a quoted field of record ${physical}`);
        const reachesEnd = ending === 'open' && reader.reachedEnd && final;
        if (ending === 'nul') reject('nul_byte', 'contains a NUL byte', bytes, start, firstLine);
        else if (ending === 'open' || reader.multiline)
          reject(
            'unterminated_quote',
            'a quoted field is not closed on this line',
            bytes,
            start,
            firstLine,
          );
        else reject('text_after_quote', 'text follows a closing quote', bytes, start, firstLine);
        if (reachesEnd) openRow = physical;
        if (bytes[firstLine - 1] === carriageReturn) crlf++;
        at = firstLine + 1;
        if (reachesEnd && at >= bytes.length)
          throw cutOff(path, `it ends within a quoted field of record ${physical}`);
        continue;
      }
      if (atEnd && options.finalLineBreak === 'required')
        throw cutOff(path, 'its last line does not end in a line break');
      if (reader.crlf) crlf++;
      else if (atEnd && crlf === lines - 1) crlf++;
      multiline ||= reader.multiline;
      plain &&= reader.plain;
      rows++;
      visitor.row?.(bytes, start, reader.end, physical, reader.plain);
      at = reader.next;
    }
    return at;
  }

  const file = await open(path);
  try {
    const { size } = await file.stat();
    let pending = Buffer.alloc(0);
    let position = 0;
    while (position < size) {
      const buffer = Buffer.allocUnsafe(pending.length + Math.min(chunkBytes, size - position));
      pending.copy(buffer);
      const { bytesRead } = await file.read(
        buffer,
        pending.length,
        buffer.length - pending.length,
        position,
      );
      if (bytesRead === 0) break;
      const first = position === 0;
      position += bytesRead;
      let bytes = buffer.subarray(0, pending.length + bytesRead);
      if (first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
        bytes = bytes.subarray(3);
      pending = bytes.subarray(visitRecords(bytes, position >= size));
      options.onProgress?.(physical);
    }
  } finally {
    await file.close();
  }
  return {
    physical,
    rows,
    rejected,
    blank,
    plain: plain && (crlf === 0 || crlf === lines),
    multiline,
  };
}

/**
 * Texts of the fields of one record; null where an unquoted field is empty.
 *
 * Example  fieldsOf(Buffer.from('a,"b ""c""",,""'), ',') gives ['a', 'b "c"', null, '']
 */
export function fieldsOf(record: Buffer, delimiter: string): (string | null)[] {
  const text = record.toString('utf8');
  const fields: (string | null)[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let value = '';
      for (;;) {
        const close = text.indexOf('"', at + 1);
        if (close < 0) throw new Error('fieldsOf: expected a record with closed quotes');
        value += text.slice(at + 1, close);
        at = close + 1;
        if (text[at] !== '"') break;
        value += '"';
      }
      fields.push(value);
    } else {
      const end = text.indexOf(delimiter, at);
      const value = text.slice(at, end < 0 ? undefined : end);
      fields.push(value === '' ? null : value);
      at = end < 0 ? text.length : end;
    }
    if (at >= text.length) return fields;
    at++;
  }
}

/** The reading head: fields of the object describe the record last read, so that no row allocates. */
function recordReader(delimiter: number) {
  const head = {
    /** End of the record's text, without its line break. */
    end: 0,
    /** Where the next record begins. */
    next: 0,
    fields: 0,
    terminated: false,
    crlf: false,
    plain: true,
    quoted: false,
    multiline: false,
    reachedEnd: false,
    read,
  };

  function read(bytes: Buffer, start: number, final: boolean): Ending {
    head.fields = 1;
    head.plain = true;
    head.quoted = false;
    head.multiline = false;
    head.reachedEnd = false;
    const length = bytes.length;
    for (let at = start; at < length; at++) {
      const byte = bytes[at];
      if (byte === newline) return finish(bytes, start, at);
      if (byte === delimiter) head.fields++;
      else if (byte === quote || byte === 0) return readQuoted(bytes, start, final);
      else if (byte === carriageReturn && bytes[at + 1] !== newline && at + 1 < length)
        head.plain = false;
    }
    return runOut(length, final);
  }

  function readQuoted(bytes: Buffer, start: number, final: boolean): Ending {
    const length = bytes.length;
    let at = start;
    let fieldStart = true;
    head.fields = 1;
    head.quoted = true;
    while (at < length) {
      const byte = bytes[at];
      if (fieldStart && byte === quote) {
        for (at++; ; at++) {
          if (at >= length) {
            head.reachedEnd = true;
            return final ? 'open' : 'more';
          }
          const inner = bytes[at];
          if (inner === newline) head.multiline = true;
          else if (inner === 0) return 'nul';
          else if (inner === quote) {
            if (at + 1 >= length && !final) return 'more';
            if (bytes[at + 1] !== quote) break;
            at++;
          }
        }
        at++;
        fieldStart = false;
        const after = bytes[at];
        const ends = at >= length || after === delimiter || after === newline;
        if (!ends && !(after === carriageReturn && (bytes[at + 1] === newline || at + 1 >= length)))
          return 'text_after_quote';
        continue;
      }
      fieldStart = false;
      if (byte === newline) return finish(bytes, start, at);
      if (byte === delimiter) {
        head.fields++;
        fieldStart = true;
      } else if (byte === quote) head.plain = false;
      else if (byte === 0) return 'nul';
      else if (byte === carriageReturn && bytes[at + 1] !== newline && at + 1 < length)
        head.plain = false;
      at++;
    }
    return runOut(length, final);
  }

  function finish(bytes: Buffer, start: number, at: number): Ending {
    head.terminated = true;
    head.next = at + 1;
    head.crlf = at > start && bytes[at - 1] === carriageReturn;
    head.end = head.crlf ? at - 1 : at;
    return 'whole';
  }

  function runOut(length: number, final: boolean): Ending {
    head.reachedEnd = true;
    if (!final) return 'more';
    head.terminated = false;
    head.crlf = false;
    head.end = length;
    head.next = length;
    return 'whole';
  }

  return head;
}

/** True when every line of a record over several lines would be a record by itself. */
function eachLineIsARecord(
  bytes: Buffer,
  start: number,
  end: number,
  delimiter: number,
  fields: number,
): boolean {
  if (fields < 3) return false;
  for (let at = start; at <= end;) {
    const lineEnd = Math.min(endOfLine(bytes, at), end);
    let found = 1;
    for (let byte = at; byte < lineEnd; byte++) if (bytes[byte] === delimiter) found++;
    if (found !== fields) return false;
    at = lineEnd + 1;
  }
  return true;
}

function endOfLine(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(newline, at);
  return end < 0 ? bytes.length : end;
}

function lineTooLong(path: string): SourceFileError {
  return new SourceFileError(
    `${basename(path)}: expected lines of text, but one is longer than ${lineLimitBytes >> 20} MB. Check that this is a delimited file.`,
  );
}

function cutOff(path: string, how: string): SourceFileError {
  return new SourceFileError(
    `${basename(path)}: the file seems to be cut off: ${how}. Export it again and load the whole file; nothing of it was loaded. If its system never writes a line break at the end, set "final_line_break" of this source to "optional".`,
  );
}
