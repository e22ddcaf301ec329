import type { ColumnOptions, Staging } from '../../connector.ts';
import { columnsOf, stagedName, type Column, type RecordName } from '../../records.ts';
import type {
  CombineRule,
  Condition,
  FilesMapping,
  RecordMapping,
  Source,
  StreamMapping,
  ValueSource,
} from './mapping.ts';

/** What a mapping needs to know of its source: the zone of times without offset. */
export interface CompileOptions {
  readonly timeZone: string;
}

/**
 * The staging selects of a mapping, one per stream and record.
 *
 * Errors  throws when a mapping names a column its record does not have.
 */
export function compileMapping(mapping: FilesMapping, options: CompileOptions): Staging[] {
  return Object.entries(mapping).flatMap(([stream, { records }]) =>
    Object.entries(records).map(([record, recordMapping]) => ({
      record: record as RecordName,
      streams: [stream] as const,
      sql: recordSelect(stream, record as RecordName, recordMapping, options),
    })),
  );
}

/** Headers the files of a stream must have and may have. */
export function columnsNeeded(stream: StreamMapping): Required<ColumnOptions> {
  const required = new Map<string, readonly string[]>();
  const optional = new Set<string>();
  for (const { columns, where = [] } of Object.values(stream.records)) {
    for (const source of Object.values(columns))
      for (const names of headersOf(source))
        if (isRequired(source)) required.set(names.join('\u001f'), names);
        else names.forEach((name) => optional.add(name));
    for (const { header } of where) required.set(header, [header]);
  }
  return { required: [...required.values()], optional: [...optional] };
}

/** The headers a source reads; each with its other names. */
function headersOf(source: Source): readonly (readonly string[])[] {
  if (typeof source === 'string') return [[source]];
  if ('constant' in source || 'rowNumber' in source) return [];
  if (source.join) return source.join.map((part) => (typeof part === 'string' ? [part] : part));
  return source.header === undefined ? [] : [[source.header, ...(source.anyOf ?? [])]];
}

function isRequired(source: Source): boolean {
  return typeof source === 'string' || !('required' in source) || source.required !== false;
}

function recordSelect(
  stream: string,
  record: RecordName,
  mapping: RecordMapping,
  options: CompileOptions,
): string {
  const types = new Map<string, Column>(
    Object.entries(columnsOf(record)).map(([name, column]) => [stagedName(name, column), column]),
  );
  const id = `${record}_id`;
  const columns = Object.entries(mapping.columns).map(([name, source]) => {
    const column = types.get(name);
    if (!column && name !== id) throw new Error(`${stream}: ${record} has no column ${name}.`);
    return { name, column, sql: valueOf(source, column, options) };
  });
  const conditions = (mapping.where ?? []).map(conditionSql);
  const staged = [
    `select ${[...columns.map(({ name, sql }) => `${sql} as ${identifier(name)}`), '_row', '_batch_id'].join(',\n  ')}`,
    `from ${identifier(stream)}`,
    ...(conditions.length > 0 ? [`where ${conditions.join('\n  and ')}`] : []),
  ].join('\n');
  const { combine } = mapping;
  if (!combine) return staged;
  const combined = columns
    .filter(({ name }) => name !== id)
    .map(
      ({ name, column }) =>
        `${combinedSql(name, column, combine[name] ?? 'first')} as ${identifier(name)}`,
    );
  return [
    `with staged as (\n${staged}\n)`,
    `select ${[identifier(id), ...combined, 'min(_row) as _row', 'count(*) as _row_count', '_batch_id'].join(',\n  ')}`,
    'from staged',
    // A row without an id is a record that cannot be: it stays alone, to be rejected by itself.
    `group by ${identifier(id)}, _batch_id, case when ${identifier(id)} is null then _row end`,
  ].join('\n');
}

/** One value out of the rows of a record; when one of them is unreadable it stays, to be rejected. */
function combinedSql(name: string, column: Column | undefined, rule: CombineRule): string {
  const value = identifier(name);
  if (rule === 'first') return `arg_min(${value}, _row)`;
  if (rule === 'last') return `arg_max(${value}, _row)`;
  if (rule !== 'sum') return `${rule}(${value})`;
  const type = column?.type === 'integer' ? 'decimal(38, 0)' : 'decimal(38, 6)';
  const unreadable = `${value} is not null and try_cast(${value} as ${type}) is null`;
  return `case when count(*) filter (${unreadable}) > 0 then min(${value}) filter (${unreadable})
    else rtrim(rtrim(sum(try_cast(${value} as ${type}))::varchar, '0'), '.') end`;
}

function valueOf(source: Source, column: Column | undefined, options: CompileOptions): string {
  if (typeof source === 'string') return valueOf({ header: source }, column, options);
  if ('constant' in source) return literal(source.constant);
  if ('rowNumber' in source) return '_row::varchar';
  const text = readText(source);
  const mapped = mapText(text, source);
  if (source.macro) return `${source.macro}(${mapped})`;
  return typedText(mapped, source, column, options);
}

function readText(source: ValueSource): string {
  if (source.join) {
    const filled = source.join.map((part) => firstFilled(typeof part === 'string' ? [part] : part));
    const parts = filled.map((part) => `coalesce(${part}, '')`);
    const separator = literal(source.separator ?? ' ');
    return `case when coalesce(${filled.join(', ')}) is not null then concat_ws(${[separator, ...parts].join(', ')}) end`;
  }
  return firstFilled([source.header ?? '', ...(source.anyOf ?? [])]);
}

/** The text of the first header that is filled. */
function firstFilled(headers: readonly string[]): string {
  const filled = headers.map((header) => `nullif(trim(${identifier(header)}), '')`);
  return filled.length === 1 ? (filled[0] ?? 'null') : `coalesce(${filled.join(', ')})`;
}

function mapText(text: string, { map, keywords }: ValueSource): string {
  if (keywords) {
    const cases = Object.entries(keywords)
      .filter(([word]) => word !== '*')
      .map(
        ([word, value]) =>
          `when contains(lower(${text}), ${literal(word.toLowerCase())}) then ${literal(value)}`,
      );
    const other = keywords['*'] === undefined ? text : literal(keywords['*']);
    return `case when ${text} is null then null ${cases.join(' ')} else ${other} end`;
  }
  if (!map) return text;
  const cases = Object.entries(map)
    .filter(([from]) => from !== '*')
    .map(([from, to]) => `when ${literal(from)} then ${to === '' ? 'null' : literal(to)}`);
  const other =
    map['*'] === undefined ? text : `case when ${text} is not null then ${literal(map['*'])} end`;
  return cases.length === 0 ? other : `case ${text} ${cases.join(' ')} else ${other} end`;
}

/** Text in ISO form, as the typed cast afterwards reads it. */
function typedText(
  text: string,
  source: ValueSource,
  column: Column | undefined,
  { timeZone }: CompileOptions,
): string {
  switch (column?.type) {
    case 'date':
      return source.format ? `parse_date(${text}, ${literal(source.format)})` : text;
    case 'timestamp':
      return source.format
        ? `parse_timestamp(${text}, ${literal(source.format)}, ${literal(source.zone ?? timeZone)})`
        : isoTimestamp(text, source.zone ?? timeZone);
    case 'money':
    case 'rate':
    case 'integer': {
      const number = `parse_decimal(${text}, ${literal(source.decimal ?? '.')})`;
      if (source.roundTo === undefined) return number;
      return `coalesce(round(try_cast(${number} as decimal(38, 18)), ${source.roundTo})::varchar, ${number})`;
    }
    case 'currency':
      return `upper(${text})`;
    case 'boolean':
      return `lower(${text})`;
    default:
      return text;
  }
}

/** An ISO time is taken as it is when it carries its offset or is meant in UTC. */
function isoTimestamp(text: string, zone: string): string {
  if (zone === 'UTC') return text;
  const plain = `replace(${text}, 'T', ' ')`;
  const parse = (format: string) =>
    `parse_timestamp(${plain}, ${literal(format)}, ${literal(zone)})`;
  return `case when regexp_matches(${text}, '(Z|[+-][0-9]{2}:?[0-9]{2})$') and length(${text}) > 10 then ${text}
    when length(${text}) = 10 then ${parse('%Y-%m-%d')}
    when length(${text}) = 16 then ${parse('%Y-%m-%d %H:%M')}
    when contains(${text}, '.') then ${parse('%Y-%m-%d %H:%M:%S.%f')}
    else ${parse('%Y-%m-%d %H:%M:%S')} end`;
}

function conditionSql({ header, in: among, notIn, present }: Condition): string {
  const text = `nullif(trim(${identifier(header)}), '')`;
  const parts: string[] = [];
  if (among) parts.push(`${text} in (${among.map(literal).join(', ')})`);
  if (notIn) parts.push(`(${text} is null or ${text} not in (${notIn.map(literal).join(', ')}))`);
  if (present !== undefined) parts.push(`${text} is ${present ? 'not ' : ''}null`);
  return parts.length > 0 ? parts.join(' and ') : 'true';
}

function identifier(name: string): string {
  return `"${name.trim().replaceAll('"', '""')}"`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
