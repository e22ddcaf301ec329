import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SourceFileError, type CsvOptions } from '../connector.ts';
import { added, checkColumns, columnNames, missingColumns } from './columns.ts';
import { fieldsOf, scanCsv, type CsvScan } from './csv-scan.ts';
import { sqlName, sqlText, type RawWriter } from './raw-writer.ts';
import { decodeFile, detectEncoding } from './source-encoding.ts';

/** Longest header line. */
const headerLimitBytes = 1 << 20;
const delimiters = [',', ';', '\t', '|'];

/** Lands a delimited file: decoded, counted record by record, then copied by a parser that guesses nothing. */
export async function landCsv(request: {
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
