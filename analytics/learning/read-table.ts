import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { existsSync } from 'node:fs';
import { quoteIdentifier, quoteLiteral } from '../refresh/quote.ts';
import { toColumns } from '../result/columns.ts';

/** A file's columns of numbers, and what became of the others. */
export interface TableOfNumbers {
  readonly rowCount: number;
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  readonly ignored: readonly { readonly column: string; readonly because: string }[];
  /** 1 where the label says anomaly; null when no label was asked for. */
  readonly isPositive: Uint8Array | null;
  /** First and last value of the only column of dates; null when there is none or several. */
  readonly period: { readonly from: string; readonly to: string } | null;
}

/** Most values read into memory: 8 bytes each. */
const valueLimit = 200_000_000;
const numberTypes =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|UHUGEINT|FLOAT|DOUBLE|BOOLEAN|DECIMAL\(.*\))$/;
/** Texts of a label that mean "nothing wrong here". */
const regularLabels = ['0', 'false', 'no', 'n', 'regular', 'normal', 'inlier', 'nominal', 'ok', ''];
const missingTexts = ['', 'NA', 'N/A', 'n/a', 'NULL', 'null', 'None', '?'];

/** Opens a CSV or Parquet file as table `given` of a DuckDB in memory, for `use`; nothing is written. */
export async function withFile<T>(
  path: string,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  if (!existsSync(path)) throw new Error(`${path} does not exist; name a CSV or Parquet file`);
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    const reader = /\.(parquet|pq)$/i.test(path)
      ? `read_parquet(${quoteLiteral(path)})`
      : `read_csv(${quoteLiteral(path)}, sample_size = -1, nullstr = [${missingTexts.map(quoteLiteral).join(', ')}])`;
    try {
      await connection.run(`create table given as select * from ${reader}`);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `${path} cannot be read as ${reader.startsWith('read_parquet') ? 'Parquet' : 'CSV'}: ${message.split('\n')[0] ?? message}`,
        { cause },
      );
    }
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Reads all columns of numbers of a CSV or Parquet file, in the order of the file.
 *
 * Definition  Numbers and booleans are read; texts and dates are ignored and named. An empty cell,
 *             NA or ? is missing (NaN). The label is an anomaly unless it is 0, false or a word for
 *             regular; a missing label is regular.
 * Errors      a file that is missing or unreadable, without rows or columns of numbers, too large for
 *             memory, or without the label column: says which
 */
export function readTable(path: string, label: string | undefined): Promise<TableOfNumbers> {
  return withFile(path, async (connection) => {
    const described = (
      await connection.runAndReadAll(`select column_name, column_type from (describe given)`)
    ).getRows();
    const all = described.map(([name, type]) => ({ name: String(name), type: String(type) }));
    if (label !== undefined && !all.some(({ name }) => name === label))
      throw new Error(
        `${path} has no column ${label}; its columns are ${all.map(({ name }) => name).join(', ')}`,
      );
    const features = all.filter(({ name }) => name !== label);
    const numbers: typeof features = [];
    for (const feature of features)
      if (numberTypes.test(feature.type) || (await isNumberText(connection, feature)))
        numbers.push(feature);
    const ignored = features
      .filter((feature) => !numbers.includes(feature))
      .map(({ name, type }) => ({ column: name, because: `${type.toLowerCase()}, not a number` }));
    if (numbers.length === 0)
      throw new Error(
        `${path} holds no column of numbers (${ignored.map(({ column, because }) => `${column}: ${because}`).join('; ') || 'no columns but the label'}); turn texts into numbers first, or use --detector payments`,
      );
    const counted = await connection.runAndReadAll('select count(*) from given');
    const rowCount = Number(counted.getRows()[0]?.[0]);
    if (rowCount === 0) throw new Error(`${path} has no rows; there is nothing to score`);
    if (rowCount * numbers.length > valueLimit)
      throw new Error(
        `${path} holds ${rowCount} rows x ${numbers.length} columns, more than ${valueLimit} values; score a part of it`,
      );
    const wanted = numbers.map(
      ({ name }, index) => `${quoteIdentifier(name)}::double as feature_${index}`,
    );
    const { column } = await toColumns(
      await connection.run(
        `select ${[...wanted, ...(label === undefined ? [] : [`${isAnomaly(label)} as label`])].join(', ')} from given order by rowid`,
      ),
    );
    const numbersOf = (name: string) => {
      const values = column[name];
      return values instanceof Float64Array ? values : new Float64Array(rowCount).fill(NaN);
    };
    return {
      rowCount,
      names: numbers.map(({ name }) => name),
      columns: numbers.map((_, index) => numbersOf(`feature_${index}`)),
      ignored,
      isPositive: label === undefined ? null : Uint8Array.from(numbersOf('label')),
      period: await periodOf(connection, features),
    };
  });
}

async function periodOf(
  connection: DuckDBConnection,
  columns: readonly { name: string; type: string }[],
): Promise<TableOfNumbers['period']> {
  const [date, ...others] = columns.filter(({ type }) => /^(DATE|TIMESTAMP)/.test(type));
  if (date === undefined || others.length > 0) return null;
  const name = quoteIdentifier(date.name);
  const read = await connection.runAndReadAll(
    `select min(${name})::varchar, max(${name})::varchar from given`,
  );
  const [from, to] = read.getRows()[0] ?? [];
  return typeof from === 'string' && typeof to === 'string' ? { from, to } : null;
}

/** A column that the reader took for text only because of words such as inf. */
async function isNumberText(
  connection: DuckDBConnection,
  { name, type }: { name: string; type: string },
): Promise<boolean> {
  if (type !== 'VARCHAR') return false;
  const column = quoteIdentifier(name);
  const counted = await connection.runAndReadAll(
    `select coalesce(bool_and(try_cast(${column} as double) is not null), false) from given where ${column} is not null`,
  );
  return counted.getRows()[0]?.[0] === true;
}

/** SQL that is 1 where the label column says anomaly, else 0. */
export function isAnomaly(label: string): string {
  const name = quoteIdentifier(label);
  const regular = regularLabels.map(quoteLiteral).join(', ');
  return `(${name} is not null and coalesce(try_cast(${name} as double) <> 0, true)
    and lower(trim(${name}::varchar)) not in (${regular}))::int::double`;
}
