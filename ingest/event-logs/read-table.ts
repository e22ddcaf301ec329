import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { isUtf8 } from 'node:buffer';
import { fieldsOf } from '../landing/csv-scan.ts';
import type { EventColumns } from './event-columns.ts';
import { EventCollector, type ReadEvent } from './event-collector.ts';
import { columnsByRole, logRoles, type LogMapping, type LogRole } from './log-mapping.ts';
import { StampReader } from './stamp-reader.ts';

interface TableFile {
  readonly path: string;
  readonly format: 'csv' | 'packed_csv' | 'parquet';
  /** The first bytes, unpacked. */
  readonly beginning: Buffer;
  readonly mapping: LogMapping;
}

interface SourceColumn {
  readonly name: string;
  /** As the table function calls it. */
  readonly column: string;
  readonly type: string;
}

/**
 * Reads an event log from CSV (any of , ; tab |) or Parquet: one row per event.
 *
 * Shape   events in the order of the file; only the columns that mean something are read
 * Errors  throws when case, activity or time cannot be found, and for rows that do not fit the header
 */
export async function readTable(file: TableFile): Promise<EventColumns> {
  if (/[*?[\]]/.test(file.path))
    throw new Error('expected a file name without * ? [ ]; rename the file');
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GB' });
  const connection = await instance.connect();
  try {
    const { source, columns } =
      file.format === 'parquet' ? await parquetSource(connection, file) : csvSource(file);
    return await readEvents(connection, source, columns, file.mapping);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function parquetSource(
  connection: DuckDBConnection,
  { path }: TableFile,
): Promise<{ source: string; columns: SourceColumn[] }> {
  const source = `read_parquet(${literal(path)})`;
  const described = await connection.runAndReadAll(`describe select * from ${source}`);
  const columns = described
    .getRows()
    .map(([name, type]) => ({ name: String(name), column: String(name), type: String(type) }));
  return { source, columns };
}

function csvSource({ path, format, beginning }: TableFile): {
  source: string;
  columns: SourceColumn[];
} {
  const wide = beginning[0] === 0xff && beginning[1] === 0xfe;
  const encoding = wide ? 'utf-16' : isText(beginning) ? 'utf-8' : 'latin-1';
  const decoded = beginning.toString(
    { 'utf-16': 'utf16le', 'utf-8': 'utf8', 'latin-1': 'latin1' }[encoding] as BufferEncoding,
  );
  const header = decoded.replace(/^\ufeff/, '').split(/\r?\n|\r/, 1)[0] ?? '';
  const delimiter = delimiterOf(header);
  const names = fieldsOf(Buffer.from(header), delimiter).map((name) => name?.trim() ?? '');
  if (names.length < 3)
    throw new Error(
      `expected a header with columns for case, activity and time, got ${JSON.stringify(header.slice(0, 200))}; check that this is a delimited file with a header`,
    );
  const columns = names.map((name, at) => ({ name, column: `c${at}`, type: 'VARCHAR' }));
  const types = columns.map(({ column }) => `'${column}': 'VARCHAR'`).join(', ');
  const source = `read_csv(${literal(path)}, auto_detect = false, header = true, columns = {${types}},
    delim = ${literal(delimiter)}, quote = '"', escape = '"', null_padding = true, parallel = false,
    encoding = '${encoding}', compression = '${format === 'packed_csv' ? 'gzip' : 'none'}')`;
  return { source, columns };
}

/** Valid UTF-8, a character cut at the end of what was read aside. */
function isText(bytes: Buffer): boolean {
  return [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
}

function delimiterOf(header: string): string {
  const outside = header.replace(/"[^"]*"/g, '');
  const counted = [',', ';', '\t', '|'].map((delimiter) => ({
    delimiter,
    count: outside.split(delimiter).length,
  }));
  return counted.sort((a, b) => b.count - a.count)[0]?.delimiter ?? ',';
}

async function readEvents(
  connection: DuckDBConnection,
  source: string,
  columns: readonly SourceColumn[],
  mapping: LogMapping,
): Promise<EventColumns> {
  const roles: Readonly<Partial<Record<LogRole, string>>> = columnsByRole(
    columns.map(({ name }) => name),
    mapping,
  );
  const attributes = mapping.attributes ?? [];
  const wanted = [
    ...logRoles.map((role) => roles[role]),
    ...attributes.map((name) => {
      if (columns.some((column) => column.name === name)) return name;
      throw new Error(
        `expected a column "${name}" to bring along, but the log has: ${columns.map((column) => `"${column.name}"`).join(', ')}`,
      );
    }),
  ];
  const expressions = wanted.map((name, at) =>
    expressionOf(
      columns.find((column) => column.name === name),
      at === 2 || at === 3,
    ),
  );
  const collector = new EventCollector(attributes);
  const stamps = new StampReader(mapping);
  const { texts } = collector;
  const attributeTexts = [...collector.attributes.values()].map((one) => one.texts);
  const readTime = (cell: unknown): number => {
    if (typeof cell === 'string') return stamps.read(cell);
    return typeof cell === 'number' ? cell : Number.NaN;
  };
  const event = {} as ReadEvent;
  const result = await connection.stream(`select ${expressions.join(', ')} from ${source}`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const vectors = wanted.map((_, at) => chunk.getColumnVector(at));
    const cell = (at: number, row: number) => vectors[at]?.getItem(row) ?? null;
    const textAt = (at: number, row: number): string | null => {
      const value = cell(at, row);
      return typeof value === 'string' ? value : null;
    };
    for (let row = 0; row < chunk.rowCount; row += 1) {
      event.case = texts.case.of(textAt(0, row));
      event.activity = texts.activity.of(textAt(1, row));
      const time = cell(2, row);
      event.complete_ms = readTime(time);
      event.start_ms = readTime(cell(3, row));
      event.resource = texts.resource.of(textAt(4, row));
      event.role = texts.role.of(textAt(5, row));
      event.life_cycle = texts.life_cycle.of(textAt(6, row));
      event.instance = -1;
      if (event.complete_ms !== event.complete_ms && (time === null || time === ''))
        event.complete_ms = event.start_ms;
      if (event.case < 0) collector.leaveOut('no_case', String(textAt(1, row)));
      else if (event.activity < 0) collector.leaveOut('no_activity', String(textAt(0, row)));
      else if (event.complete_ms !== event.complete_ms)
        collector.leaveOut(
          time === null || time === '' ? 'no_time' : 'unreadable_time',
          time === null ? '' : String(time),
        );
      else
        collector.add(
          event,
          attributeTexts.map((codes, at) => codes.of(textAt(logRoles.length + at, row))),
        );
    }
  }
  const found = collector.finish(mapping.life_cycle ?? 'paired');
  if (found.event_count === 0 && found.left_out.length > 0)
    throw new Error(
      `no row can be placed with case "${roles.case}", activity "${roles.activity}" and time "${roles.timestamp}": ${found.left_out.map(({ reason, count, first_text }) => `${count} ${reason} (first: "${first_text}")`).join(', ')}; name other columns`,
    );
  return stamps.settle(found);
}

/** Texts as they are; typed times and numbers of a time column as epoch milliseconds. */
function expressionOf(column: SourceColumn | undefined, isTime: boolean): string {
  if (column === undefined) return 'null::VARCHAR';
  const name = `"${column.column.replaceAll('"', '""')}"`;
  if (!isTime) return `${name}::VARCHAR`;
  if (column.type === 'VARCHAR') return name;
  if (column.type === 'DATE' || column.type.startsWith('TIMESTAMP'))
    return `(epoch_us(${name}::TIMESTAMP${column.type.includes('TIME ZONE') ? 'TZ' : ''}) / 1000.0)::DOUBLE`;
  return `(case
    when abs(${name}) < 1e11 then ${name} * 1000.0
    when abs(${name}) < 1e14 then ${name}
    when abs(${name}) < 1e17 then ${name} / 1e3
    else ${name} / 1e6 end)::DOUBLE`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
