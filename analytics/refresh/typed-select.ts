import {
  columnsOf,
  duckdbType,
  recordKeySql,
  stagedName,
  type Column,
  type RecordName,
} from '#ingest/records.ts';
import { quoteLiteral } from './quote.ts';

/** Why a staged value cannot be taken. */
export type RejectCode = 'missing_value' | 'wrong_type' | 'not_allowed' | 'inexact_amount';

/**
 * Select that types staged text rows of one record.
 *
 * Definition  Each value is cast by its column's type; a row whose value cannot be cast exactly,
 *             is missing though required, or is not one of the allowed ones carries the first
 *             such column in `_code`, `_column` and `_value`, and keeps null in its place.
 * Shape       in: `staged` with text columns, `staged_columns` naming those it has; out: the
 *             record's own columns without source, batch and time, then _row, _row_count, _batch
 *             (place of the row's batch among `batchIds`, from 1),
 *             _code, _column, _value
 */
export function typedSelect(record: RecordName, options: TypedSelectOptions): string {
  const { stagedColumns, source } = options;
  const has = new Set(stagedColumns);
  const idName = `${record}_id`;
  const tests: Test[] = [missingTest(idName)];
  const selected = [
    `${recordKeySql(quoteLiteral(source), record, text(idName))} as ${record}_key`,
    `${text(idName)} as ${idName}`,
  ];
  for (const [name, column] of Object.entries(columnsOf(record))) {
    const staged = stagedName(name, column);
    if (!has.has(staged)) {
      if (column.required) tests.push({ ...missingTest(staged), condition: 'true', absent: true });
      selected.push(`null::${duckdbType(column)} as ${name}`);
      continue;
    }
    tests.push(...testsOf(staged, column));
    selected.push(`${typed(staged, column, source)} as ${name}`);
  }
  const read = Object.entries(columnsOf(record)).filter(([name, column]) =>
    has.has(stagedName(name, column)),
  );
  const texts = [idName, ...read.map(([name, column]) => stagedName(name, column))];
  const casts = read
    .filter(([, column]) => isCast(column))
    .map(([name, column]) => `${castOf(name, column)} as ${typedName(name)}`);
  const rows = [
    '_row::bigint as _row',
    `${has.has('_row_count') ? '_row_count::bigint' : '1::bigint'} as _row_count`,
    `${batchOf(options)} as _batch`,
  ];
  const failing = tests.map(({ condition }, index) => `when ${condition} then ${index + 1}`);
  const values = tests
    .map(({ staged, absent }, index) => ({ staged, absent, number: index + 1 }))
    .filter(({ absent }) => !absent)
    .map(({ staged, number }) => `when _test = ${number} then ${quoted(staged)}`);
  // Four levels, so that each value is read, cast and tested once.
  return [
    'select',
    [
      ...selected,
      '_row, _row_count, _batch',
      `([${tests.map(({ code }) => quoteLiteral(code)).join(', ')}])[_test] as _code`,
      `([${tests.map(({ staged }) => quoteLiteral(staged)).join(', ')}])[_test] as _column`,
      `case when _test is null then null ${values.join(' ')} end as _value`,
    ].join(',\n'),
    `from (select *, case ${failing.join('\n')} end as _test`,
    `from (select ${['*', ...casts].join(',\n')}`,
    `from (select ${[...texts.map((name) => `nullif(${quoted(name)}::varchar, '') as ${quoted(name)}`), ...rows].join(',\n')}`,
    `from ${options.from})))`,
  ].join('\n');
}

export interface TypedSelectOptions {
  readonly from: string;
  readonly stagedColumns: readonly string[];
  readonly source: string;
  /** Batches of the delivery. */
  readonly batchIds: readonly string[];
  /** Batch of the rows when the staged select does not say it itself. */
  readonly batchId: string;
}

function batchOf({ stagedColumns, batchIds, batchId }: TypedSelectOptions): string {
  // A number instead of the id: compared and kept for millions of rows.
  return batchIds.length > 1 && stagedColumns.includes('_batch_id')
    ? `list_position([${batchIds.map(quoteLiteral).join(', ')}], _batch_id::varchar)::integer`
    : `${batchIds.indexOf(batchId) + 1}::integer`;
}

interface Test {
  readonly staged: string;
  readonly condition: string;
  readonly code: RejectCode;
  readonly absent?: boolean;
}

function missingTest(staged: string): Test {
  return { staged, condition: `${text(staged)} is null`, code: 'missing_value' };
}

function testsOf(staged: string, column: Column): Test[] {
  const value = text(staged);
  const tests: Test[] = [];
  if (column.required) tests.push(missingTest(staged));
  const unreadable = (cast: string): Test => ({
    staged,
    condition: `${value} is not null and ${cast} is null`,
    code: 'wrong_type',
  });
  switch (column.type) {
    case 'money':
      tests.push(unreadable(typedName(staged)), {
        staged,
        // More than four decimals or an exponent: compare with a wider reading, digit by digit.
        condition:
          `(length(${value}) - coalesce(nullif(instr(${value}, '.'), 0), length(${value})) > 4 or contains(lower(${value}), 'e'))` +
          ` and ((length(${value}) > 19 and not regexp_full_match(${value}, '[+-]?[0-9]+[.][0-9]{0,4}0*'))` +
          ` or try_cast(${value} as decimal(38,18)) is distinct from ${typedName(staged)})`,
        code: 'inexact_amount',
      });
      break;
    case 'integer':
      tests.push(unreadable(typedName(staged)), {
        staged,
        condition: `(contains(${value}, '.') or contains(lower(${value}), 'e')) and try_cast(${value} as decimal(38,9)) is distinct from ${typedName(staged)}`,
        code: 'wrong_type',
      });
      break;
    case 'currency':
      tests.push({
        staged,
        condition: `not regexp_full_match(${value}, '[A-Z]{3}')`,
        code: 'wrong_type',
      });
      break;
    case 'rate':
    case 'boolean':
    case 'date':
    case 'timestamp':
      tests.push(unreadable(typedName(staged)));
      break;
    case 'text':
    case 'reference':
      break;
    default:
      column.type satisfies never;
  }
  if (column.oneOf)
    tests.push({
      staged,
      condition: `${value} not in (${column.oneOf.map(quoteLiteral).join(', ')})`,
      code: 'not_allowed',
    });
  return tests;
}

function typed(staged: string, column: Column, source: string): string {
  if (column.type === 'reference') {
    // A reference without a target in records.ts cannot be keyed; records.test holds that there is none.
    return recordKeySql(quoteLiteral(source), column.to as RecordName, text(staged));
  }
  return isCast(column) ? typedName(staged) : text(staged);
}

function isCast(column: Column): boolean {
  return !['text', 'currency', 'reference'].includes(column.type);
}

function typedName(name: string): string {
  return quoted(`typed ${name}`);
}

function castOf(staged: string, column: Column): string {
  const value = text(staged);
  switch (column.type) {
    case 'date':
      // 'epoch' and 'infinity' are dates to DuckDB.
      return `case when ${value} between '0' and ':' then try_cast(${value} as date) end`;
    case 'timestamp':
      // DuckDB drops an offset when it casts to TIMESTAMP, so times with one go through TIMESTAMPTZ.
      return (
        `case when not (${value} between '0' and ':') then null` +
        ` when contains(substr(${value}, 11), '+') or contains(substr(${value}, 11), '-')` +
        ` then timezone('UTC', try_cast(${value} as timestamptz))` +
        ` else try_cast(${value} as timestamp) end`
      );
    default:
      return `try_cast(${value} as ${duckdbType(column)})`;
  }
}

function text(staged: string): string {
  return quoted(staged);
}

function quoted(name: string): string {
  return `"${name}"`;
}
