import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteIdentifier } from '../refresh/quote.ts';
import { toColumns } from '../result/columns.ts';
import type { Columns } from '../table.ts';
import { paymentFeaturesSql } from './payment-families.ts';
import { isAnomaly, withFile } from './read-table.ts';

/** Which column of a file says what; those left out are the same for all payments. */
export interface PaymentColumns {
  readonly amount: string;
  readonly vendor: string;
  readonly category?: string | undefined;
  readonly department?: string | undefined;
  /** When it was made. Left out: the file's only column of dates, or one moment for all. */
  readonly date?: string | undefined;
  readonly label?: string | undefined;
}

/** Payments of a file with their features. */
export interface PaymentTable {
  /** Features by row of `features`; `rows` are their 1-based row numbers in the file. */
  readonly features: Columns;
  readonly rows: Float64Array;
  readonly isPositive: Uint8Array | null;
  readonly rowCount: number;
  /** Rows without vendor or date, or with an amount that is not above 0: not payments to be compared. */
  readonly left_out: number;
  /** Column that orders the payments; null when each is compared with the whole table. */
  readonly date: string | null;
}

/**
 * Reads payments of a CSV or Parquet file and computes their features.
 *
 * Errors  a column that is not there, or no payment with vendor and amount above 0: says which
 */
export function readPayments(path: string, of: PaymentColumns): Promise<PaymentTable> {
  return withFile(path, async (connection) => {
    const described = (
      await connection.runAndReadAll('select column_name, column_type from (describe given)')
    ).getRows();
    const types = new Map(described.map(([name, type]) => [String(name), String(type)]));
    for (const [option, name] of Object.entries(of) as [string, string | undefined][])
      if (name !== undefined && !types.has(name))
        throw new Error(
          `${path} has no column ${name} (--${option}); its columns are ${[...types.keys()].join(', ')}`,
        );
    const dates = [...types].filter(([, type]) => /^(DATE|TIMESTAMP)/.test(type));
    const date = of.date ?? (dates.length === 1 ? (dates[0]?.[0] ?? null) : null);
    await makePayments(connection, of, date);
    const counted = await connection.runAndReadAll(
      'select (select count(*) from given), (select count(*) from payment)',
    );
    const [given = 0, kept = 0] = (counted.getRows()[0] ?? []).map(Number);
    if (kept === 0)
      throw new Error(
        `${path} holds no payment to compare: ${given} rows, none with ${of.vendor} and ${of.amount} above 0${date === null ? '' : ` and ${date}`}`,
      );
    const features = await toColumns(
      await connection.run(
        `select features.*, payment.payment_key::double as file_row, payment.positive
         from (${paymentFeaturesSql}) as features join payment using (payment_key)
         order by payment_key`,
      ),
    );
    return {
      features,
      rows: features.column['file_row'] as Float64Array,
      isPositive:
        of.label === undefined
          ? null
          : Uint8Array.from(features.column['positive'] as Float64Array),
      rowCount: given,
      left_out: given - kept,
      date,
    };
  });
}

async function makePayments(
  connection: DuckDBConnection,
  of: PaymentColumns,
  date: string | null,
): Promise<void> {
  const text = (name: string | undefined) =>
    name === undefined ? `''` : `coalesce(${quoteIdentifier(name)}::varchar, '')`;
  await connection.run(
    `create table payment as select * from (
       select rowid + 1 as payment_key,
         ${quoteIdentifier(of.vendor)}::varchar as vendor,
         ${text(of.category)} as category,
         ${text(of.department)} as department,
         try_cast(${quoteIdentifier(of.amount)} as double) as amount,
         ${date === null ? `timestamp '2000-01-01'` : `try_cast(${quoteIdentifier(date)} as timestamp)`} as known_at,
         ${of.label === undefined ? '0::double' : isAnomaly(of.label)} as positive
       from given
     ) where amount > 0 and isfinite(amount) and vendor is not null and known_at is not null`,
  );
}
