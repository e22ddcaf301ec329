import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  SourceFileError,
  type ColumnOptions,
  type ControlTotal,
  type CsvOptions,
  type Landing,
} from '../connector.ts';
import { fieldsOf, scanCsv, type CsvScan } from './csv-scan.ts';
import { openRawWriter, sqlName, sqlText, type RawTable, type RawWriter } from './raw-writer.ts';
import { decodeFile, detectEncoding } from './source-encoding.ts';

/** Longest header line. */
const headerLimitBytes = 1 << 20;
const delimiters = [',', ';', '\t', '|'];
const reservedColumns = new Set(['_row', '_file', '_batch_id', '_extracted_at']);

/** What a landing counted; the manifest is made of it. */
export interface Landed {
  readonly streams: Record<string, { rows: number; columns: string[] }>;
  readonly physical_records: Record<string, number>;
  readonly rejected: Record<string, number>;
  readonly ignored: { stream: string; reason: string; count: number }[];
  readonly control_totals: ControlTotal[];
  readonly warnings: string[];
}

/** A landing that writes into one folder; `finish` closes it and checks that every record is accounted for. */
export interface FolderLanding extends Landing {
  finish(): Promise<Landed>;
  close(): void;
}

/**
 * Opens a landing that writes `<stream>.parquet` and `rejected.parquet` into a folder.
 *
 * Shape   streams: text columns as in the source, `_row` BIGINT, `_file` VARCHAR.
 *         rejected: stream, code, detail, raw (at most 4,000 characters), source_row, _file.
 * Errors  `finish` throws when rows + rejected + ignored differ from the physical records.
 */
export async function openLanding(
  folder: string,
  onProgress: (step: string, count: number) => void,
): Promise<FolderLanding> {
  const writer = await openRawWriter(folder);
  const parts = new Map<string, { files: string[]; columns: string[]; rows: number }>();
  const physical: Record<string, number> = {};
  const rejected: Record<string, number> = {};
  const parsed = new Set<string>();
  const ignored = new Map<string, { stream: string; reason: string; count: number }>();
  const controlTotals: ControlTotal[] = [];
  const warnings: string[] = [];
  let file = '';
  let rejects: RawTable | undefined;
  const waiting: { values: string[]; row: number; file: string }[] = [];

  function reject(
    stream: string,
    {
      source_row,
      code,
      detail,
      raw,
    }: { source_row: number; code: string; detail: string; raw: string },
  ): void {
    rejected[stream] = (rejected[stream] ?? 0) + 1;
    waiting.push({ values: [stream, code, detail, raw.slice(0, 4000)], row: source_row, file });
  }

  async function flushRejects(): Promise<void> {
    if (waiting.length === 0) return;
    rejects ??= await writer.table(['stream', 'code', 'detail', 'raw']);
    for (const { values, row, file } of waiting.splice(0)) await rejects.add(values, row, file);
  }

  function ignore(stream: string, { reason }: { source_row: number; reason: string }): void {
    const key = `${stream}\u001f${reason}`;
    const entry = ignored.get(key) ?? { stream, reason, count: 0 };
    entry.count++;
    ignored.set(key, entry);
  }

  function addParts(stream: string, files: string[], columns: string[], rows: number): void {
    const known = parts.get(stream);
    parts.set(stream, {
      files: [...(known?.files ?? []), ...files],
      columns: [...new Set([...(known?.columns ?? []), ...columns])],
      rows: (known?.rows ?? 0) + rows,
    });
  }

  return {
    async csv(stream, path, options) {
      file = basename(path);
      const landed = await landCsv({
        path,
        options,
        folder,
        writer,
        reject: (row) => reject(stream, row),
        blank: (row) => ignore(stream, { source_row: row, reason: 'blank_line' }),
        onProgress: (rows) => onProgress(`reading ${file}`, rows),
      });
      addParts(stream, [landed.part], landed.columns, landed.scan.rows);
      physical[stream] = (physical[stream] ?? 0) + landed.scan.physical;
      warnings.push(...landed.warnings);
      await flushRejects();
    },
    async parquet(stream, path, options) {
      file = basename(path);
      onProgress(`reading ${file}`, 0);
      const landed = await landParquet(path, folder, writer, options ?? {});
      addParts(stream, [landed.part], landed.columns, landed.rows);
      physical[stream] = (physical[stream] ?? 0) + landed.rows;
    },
    async rows(stream, columns, rows) {
      const rowAt = columns.indexOf('_row');
      const fileAt = columns.indexOf('_file');
      const own = columns.filter((column) => column !== '_row' && column !== '_file');
      const table = await writer.table(own);
      let count = 0;
      for await (const row of rows) {
        count++;
        const values = row.filter((_, at) => at !== rowAt && at !== fileAt);
        const number = rowAt < 0 ? count : Number(row[rowAt]);
        await table.add(values, number, fileAt < 0 ? file : (row[fileAt] ?? ''));
        if (count % 10_000 === 0) onProgress(`reading ${stream}`, count);
        if (waiting.length > 10_000) await flushRejects();
      }
      addParts(stream, await table.finish(), own, count);
      parsed.add(stream);
      await flushRejects();
      onProgress(`reading ${stream}`, count);
    },
    reject,
    ignore,
    controlTotal: (total) => controlTotals.push(total),
    async controlTotalsOf(stream, sql) {
      const files = parts.get(stream)?.files ?? [];
      if (files.length === 0) return;
      await writer.run(
        `create or replace temp view ${sqlName(stream)} as select * from read_parquet([${files.map(sqlText).join(', ')}], union_by_name = true)`,
      );
      for (const [name, expected, actual] of await writer.all(sql))
        controlTotals.push({ name: name ?? '', expected: expected ?? '', actual: actual ?? '' });
    },
    warn: (message) => warnings.push(message),
    async finish() {
      await flushRejects();
      const streams: Landed['streams'] = {};
      for (const [stream, { files, columns, rows }] of parts) {
        const target = join(folder, `${stream}.parquet`);
        const [only] = files;
        if (files.length === 1 && only !== undefined) await rename(only, target);
        else await writer.join(files, target);
        streams[stream] = { rows, columns };
      }
      if (rejects)
        await writer.join(
          await rejects.finish(),
          join(folder, 'rejected.parquet'),
          '* rename (_row as source_row)',
        );
      await rm(join(folder, 'spill'), { recursive: true, force: true });
      for (const stream of parsed)
        physical[stream] = (streams[stream]?.rows ?? 0) + leftOut(stream);
      const landed: Landed = {
        streams,
        physical_records: physical,
        rejected,
        ignored: [...ignored.values()],
        control_totals: controlTotals,
        warnings,
      };
      checkConservation(landed);
      return landed;
    },
    close: () => writer.close(),
  };

  /** Rejected and ignored records of a stream: what a connector parses itself, it counts itself. */
  function leftOut(stream: string): number {
    let sum = rejected[stream] ?? 0;
    for (const entry of ignored.values()) if (entry.stream === stream) sum += entry.count;
    return sum;
  }
}

function checkConservation(landed: Landed): void {
  for (const [stream, physical] of Object.entries(landed.physical_records)) {
    const rows = landed.streams[stream]?.rows ?? 0;
    const rejected = landed.rejected[stream] ?? 0;
    const ignored = landed.ignored
      .filter((entry) => entry.stream === stream)
      .reduce((sum, { count }) => sum + count, 0);
    if (rows + rejected + ignored !== physical)
      throw new Error(
        `${stream}: ${rows} landed + ${rejected} rejected + ${ignored} ignored is not ${physical} physical records; nothing was published. Report this file: the reader lost count.`,
      );
  }
}

async function landCsv(request: {
  path: string;
  options: CsvOptions;
  folder: string;
  writer: RawWriter;
  reject: (rejected: { source_row: number; code: string; detail: string; raw: string }) => void;
  blank: (row: number) => void;
  onProgress: (rows: number) => void;
}): Promise<{ part: string; columns: string[]; scan: CsvScan; warnings: string[] }> {
  const { path, options, folder, writer } = request;
  const name = basename(path);
  const warnings: string[] = [];
  const encoding = await detectEncoding(path, options.encoding);
  const decoded = join(folder, `decoded-${randomUUID()}.csv`);
  const text = encoding === 'utf-8' ? path : decoded;
  if (text === decoded) {
    await decodeFile(path, encoding, decoded);
    if (!options.encoding) warnings.push(`${name}: read as ${encoding}`);
  }
  const { delimiter, header } = await readHeader(text, name, options);
  const columns = columnNames(header, name, warnings);
  checkColumns(name, columns, options);

  const settings = {
    path: text,
    delimiter,
    fields: columns.length,
    finalLineBreak: options.finalLineBreak ?? 'required',
  };
  const scan = await renamed(name, text, () =>
    scanCsv({
      ...settings,
      visitor: { reject: request.reject, blank: request.blank },
      onProgress: request.onProgress,
    }),
  );
  const part = join(folder, `part-${randomUUID()}.parquet`);
  const write = { writer, part, name, columns, delimiter, added: added(columns, options) };
  const strict =
    scan.plain &&
    scan.rejected + scan.blank === 0 &&
    (await copyRows(
      { ...write, from: text, numbered: false, multiline: scan.multiline },
      scan.rows,
    ));
  if (!strict) {
    const clean = join(folder, `clean-${randomUUID()}.csv`);
    await writeClean(settings, clean);
    if (!(await copyRows({ ...write, from: clean, numbered: true, multiline: true }, scan.rows)))
      throw new Error(
        `${name}: ${scan.rows} records were read, but not all could be stored; nothing was published.`,
      );
    await rm(clean);
  }
  if (text === decoded) await rm(decoded);
  if (scan.physical === 0) warnings.push(`${name}: has a header but no rows`);
  return { part, columns: [...columns, ...write.added], scan, warnings };
}

/** Runs and, should a message name the decoded copy, gives it the name of the file it was made of. */
async function renamed<T>(name: string, copy: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SourceFileError)
      throw new SourceFileError(error.message.replace(basename(copy), name), { cause: error });
    throw error;
  }
}

/**
 * Copies a delimited file to Parquet; false when the strict parser does not see the rows expected.
 * Nothing is guessed: column names, delimiter, quotes and empty values are all given.
 */
async function copyRows(
  {
    writer,
    part,
    name,
    columns,
    delimiter,
    added,
    from,
    numbered,
    multiline,
  }: {
    writer: RawWriter;
    part: string;
    name: string;
    columns: readonly string[];
    delimiter: string;
    added: readonly string[];
    from: string;
    numbered: boolean;
    multiline: boolean;
  },
  expected: number,
): Promise<boolean> {
  const types = columns.map((column) => `${sqlText(column)}: 'VARCHAR'`);
  if (numbered) types.unshift(`'_row': 'BIGINT'`);
  const select = [
    ...columns.map(sqlName),
    ...added.map((column) => `null::varchar as ${sqlName(column)}`),
    numbered ? '_row' : 'row_number() over () as _row',
    `${sqlText(name)} as _file`,
  ];
  const read = `read_csv(${sqlText(from)}, columns = {${types.join(', ')}}, auto_detect = false, header = ${!numbered},
    delim = ${sqlText(delimiter)}, quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false,
    max_line_size = ${4 << 20}, buffer_size = ${64 << 20}, null_padding = false, strict_mode = true, parallel = ${!multiline})`;
  try {
    await writer.run(
      `copy (select ${select.join(', ')} from ${read}) to ${sqlText(part)} (format parquet, compression zstd)`,
    );
  } catch (error) {
    if (/^(Invalid Input|Conversion) Error/u.test((error as Error).message)) return false;
    throw error;
  }
  const [rows] = await writer.first(`select count(*)::varchar from read_parquet(${sqlText(part)})`);
  return Number(rows) === expected;
}

/** Writes the good records once more, strictly quoted and each with its record number in front. */
async function writeClean(
  settings: {
    path: string;
    delimiter: string;
    fields: number;
    finalLineBreak: 'required' | 'optional';
  },
  target: string,
): Promise<void> {
  const { delimiter } = settings;
  const output = openSync(target, 'w');
  let texts: string[] = [];
  let size = 0;
  function flush(): void {
    writeSync(output, texts.join(''));
    texts = [];
    size = 0;
  }
  try {
    await scanCsv({
      ...settings,
      visitor: {
        row(bytes, start, end, row) {
          const fields = fieldsOf(bytes.subarray(start, end), delimiter).map((field) =>
            field === null ? '' : `"${field.replaceAll('"', '""')}"`,
          );
          const line = `${row}${delimiter}${fields.join(delimiter)}\n`;
          texts.push(line);
          size += line.length;
          if (size > 1 << 20) flush();
        },
      },
    });
    flush();
  } finally {
    closeSync(output);
  }
}

async function landParquet(
  path: string,
  folder: string,
  writer: RawWriter,
  options: ColumnOptions,
): Promise<{ part: string; columns: string[]; rows: number }> {
  const name = basename(path);
  const from = `read_parquet(${sqlText(path)})`;
  let described: (string | null)[][];
  const part = join(folder, `part-${randomUUID()}.parquet`);
  try {
    described = await writer.all(`describe select * from ${from}`);
    const columns = described.map(([column]) => column ?? '');
    checkColumns(name, columns, options);
    const extra = added(columns, options);
    const select = [
      ...described.map(
        ([column, type]) => `${asText(column ?? '', type ?? '')} as ${sqlName(column ?? '')}`,
      ),
      ...extra.map((column) => `null::varchar as ${sqlName(column)}`),
      'row_number() over () as _row',
      `${sqlText(name)} as _file`,
    ];
    await writer.run(
      `copy (select ${select.join(', ')} from ${from}) to ${sqlText(part)} (format parquet, compression zstd)`,
    );
    const [rows] = await writer.first(
      `select count(*)::varchar from read_parquet(${sqlText(part)})`,
    );
    return { part, columns: [...columns, ...extra], rows: Number(rows) };
  } catch (error) {
    if (error instanceof SourceFileError || isDiskFull(error)) throw error;
    throw new SourceFileError(
      `${name}: expected a whole Parquet file, but it cannot be read: ${(error as Error).message}. Export it again; nothing of it was loaded.`,
      { cause: error },
    );
  }
}

function asText(column: string, type: string): string {
  const name = sqlName(column);
  if (type.startsWith('TIMESTAMP WITH TIME ZONE'))
    return `strftime(${name} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')`;
  if (type.startsWith('TIMESTAMP')) return `strftime(${name}, '%Y-%m-%dT%H:%M:%S.%g')`;
  return `${name}::varchar`;
}

/** True for errors of a full disk, whether Node or DuckDB met it. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || /no space left on device|ENOSPC|File too large|EFBIG/iu.test(message);
}

async function readHeader(
  path: string,
  name: string,
  options: CsvOptions,
): Promise<{ delimiter: string; header: (string | null)[] }> {
  const file = await open(path);
  let start: Buffer;
  try {
    const buffer = Buffer.alloc(headerLimitBytes);
    const { bytesRead } = await file.read(buffer, 0, headerLimitBytes, 0);
    start = buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
  const text = start
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .replace(/^(\r?\n)+/u, '');
  if (text === '')
    throw new SourceFileError(
      `${name}: the file is empty. Expected a header line and rows; export it again.`,
    );
  const candidates = options.delimiter === undefined ? delimiters : [options.delimiter];
  const headers = candidates.map((delimiter) => ({
    delimiter,
    header: headerFields(text, delimiter),
  }));
  const fitting = headers.find(
    ({ header }) =>
      header &&
      missingColumns(
        header.map((cell) => (cell ?? '').trim()),
        options,
      ).length === 0,
  );
  if (fitting?.header) return { delimiter: fitting.delimiter, header: fitting.header };
  const widest = headers.reduce((best, next) =>
    (next.header?.length ?? 0) > (best.header?.length ?? 0) ? next : best,
  );
  if (!widest.header)
    throw new SourceFileError(
      `${name}: expected a header line, but its first line has an unclosed quote. Export the file again.`,
    );
  return { delimiter: widest.delimiter, header: widest.header };
}

/** Cells of the header line; undefined when a quote in it is not closed. */
function headerFields(text: string, delimiter: string): (string | null)[] | undefined {
  let end = -1;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === '\n' && !quoted) {
      end = at;
      break;
    }
  }
  if (quoted) return undefined;
  const line = (end < 0 ? text : text.slice(0, end)).replace(/\r$/u, '');
  try {
    return fieldsOf(Buffer.from(line), delimiter);
  } catch {
    return undefined;
  }
}

/** Column names of a header: trimmed, unique without regard to case, none empty or reserved. */
function columnNames(header: (string | null)[], name: string, warnings: string[]): string[] {
  const seen = new Set<string>();
  return header.map((cell, at) => {
    const wanted = cell?.trim().replace(/\s+/gu, ' ') || `column ${at + 1}`;
    let column = reservedColumns.has(wanted.toLowerCase()) ? `source ${wanted}` : wanted;
    for (let again = 2; seen.has(column.toLowerCase()); again++) column = `${wanted} (${again})`;
    if (column !== wanted) warnings.push(`${name}: column "${wanted}" was read as "${column}"`);
    seen.add(column.toLowerCase());
    return column;
  });
}

function checkColumns(name: string, found: readonly string[], options: ColumnOptions): void {
  const missing = missingColumns(found, options);
  if (missing.length === 0) return;
  throw new SourceFileError(
    `${name}: ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; found ${found.map((column) => `"${column}"`).join(', ')}. Export the file with this column, or name the header it has in the mapping of this source; nothing of it was loaded.`,
  );
}

function missingColumns(found: readonly string[], { required = [] }: ColumnOptions): string[] {
  const present = new Set(found.map((column) => column.toLowerCase()));
  return required
    .map((names) => (typeof names === 'string' ? [names] : names))
    .filter((names) => !names.some((name) => present.has(name.trim().toLowerCase())))
    .map((names) => names.map((name) => `"${name}"`).join(' or '));
}

/** Columns staging names and the file lacks. */
function added(
  found: readonly string[],
  { required = [], optional = [] }: ColumnOptions,
): string[] {
  const present = new Set(found.map((column) => column.toLowerCase()));
  return [...new Set([...required.flat(), ...optional])].filter(
    (column) => !present.has(column.toLowerCase()),
  );
}
