import * as v from 'valibot';
import { columnsOf, recordNames, stagedName, type RecordName } from '../../records.ts';

/**
 * How one delimited or Parquet layout becomes canonical records, as plain data: per stream which
 * files it takes and, per record, where each staged column comes from. There is no SQL in it;
 * header names become quoted identifiers and constants escaped literals.
 *
 * Example  { invoices: { match: 'invoices*.csv', records: { invoice: { columns: {
 *            invoice_id: 'Document', company_id: { constant: 'main' },
 *            due_on: { header: 'Due', format: '%d.%m.%Y' } } } } } }
 */
export type FilesMapping = Readonly<Record<string, StreamMapping>>;

/** One stream: a kind of file and what its rows are. */
export interface StreamMapping {
  /** File name pattern with `*` and `?`, without regard to case. */
  readonly match: string;
  /** Column separator; found by the header when absent. */
  readonly delimiter?: string | undefined;
  /** 'utf-8' unless detected otherwise. */
  readonly encoding?: string | undefined;
  readonly records: { readonly [record in RecordName]?: RecordMapping | undefined };
}

/** How one record is filled from a stream; `columns` must give `<record>_id`. */
export interface RecordMapping {
  readonly columns: Readonly<Record<string, Source>>;
  /**
   * Rows of the same `<record>_id` become one record: the named columns by their rule, the others
   * from the first row. Without it each row is a record.
   */
  readonly combine?: Readonly<Record<string, CombineRule>> | undefined;
  /** Only rows for which all conditions hold; the others are ignored, not rejected. */
  readonly where?: readonly Condition[] | undefined;
}

/** How the values of several rows become one; first and last go by the order in the file. */
export type CombineRule = (typeof combineRules)[number];
const combineRules = ['sum', 'min', 'max', 'first', 'last'] as const;

/** A condition on one header: is one of / is none of / is filled (`present: true`) or empty. */
export interface Condition {
  readonly header: string;
  readonly in?: readonly string[] | undefined;
  readonly notIn?: readonly string[] | undefined;
  readonly present?: boolean | undefined;
}

/** Where a staged column comes from: a header by its name, a described value, a constant or the row's number. */
export type Source = string | ValueSource | ConstantSource | RowNumberSource;

export interface RowNumberSource {
  readonly rowNumber: true;
}

export interface ConstantSource {
  readonly constant: string;
}

/** A value read from one header (or several, joined) and the way it is written there. */
export interface ValueSource {
  readonly header?: string | undefined;
  /** Other names of the same header in other versions of the layout. */
  readonly anyOf?: readonly string[] | undefined;
  /** Headers (or one of several names each) joined to one text, e.g. a business key; empty parts stay empty. */
  readonly join?: readonly (string | readonly string[])[] | undefined;
  readonly separator?: string | undefined;
  /** False when a file may lack the header. */
  readonly required?: boolean | undefined;
  /** Format of a date or time in the letters of strptime ('%d/%m/%Y'); ISO 8601 when absent. */
  readonly format?: string | undefined;
  /** IANA zone a time without offset is meant in; the source's `time_zone` or UTC when absent. */
  readonly zone?: string | undefined;
  /** Decimal mark of a number; '.' when absent. */
  readonly decimal?: ',' | '.' | undefined;
  /** Rounds a number to so many decimals, for sources that write calculated values; unrounded otherwise. */
  readonly roundTo?: number | undefined;
  /** Source value to canonical value; '*' stands for every other filled value. Others stay as they are. */
  readonly map?: Readonly<Record<string, string>> | undefined;
  /** Words looked for in the value, in this order, without regard to case; the first found gives the value. */
  readonly keywords?: Readonly<Record<string, string>> | undefined;
  readonly macro?: 'account_token' | 'last4' | undefined;
}

const text = v.pipe(v.string(), v.nonEmpty());

const source = v.union([
  text,
  v.strictObject({ constant: text }),
  v.strictObject({ rowNumber: v.literal(true) }),
  v.pipe(
    v.strictObject({
      header: v.optional(text),
      anyOf: v.optional(v.array(text)),
      join: v.optional(v.pipe(v.array(v.union([text, v.array(text)])), v.minLength(1))),
      separator: v.optional(v.string()),
      required: v.optional(v.boolean()),
      format: v.optional(text),
      zone: v.optional(text),
      decimal: v.optional(v.picklist([',', '.'])),
      roundTo: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(9))),
      map: v.optional(v.record(v.string(), v.string())),
      keywords: v.optional(v.record(text, v.string())),
      macro: v.optional(v.picklist(['account_token', 'last4'])),
    }),
    v.check(
      ({ header, join }) => (header === undefined) !== (join === undefined),
      'Give either `header` or `join`.',
    ),
  ),
]);

const recordMapping = v.strictObject({
  columns: v.record(text, source),
  combine: v.optional(v.record(text, v.picklist(combineRules))),
  where: v.optional(
    v.array(
      v.strictObject({
        header: text,
        in: v.optional(v.array(v.string())),
        notIn: v.optional(v.array(v.string())),
        present: v.optional(v.boolean()),
      }),
    ),
  ),
});

/**
 * Schema of a mapping, for JSON files written by hand.
 *
 * Errors  names the unknown record or column and lists the ones there are.
 */
export const filesMappingSchema = v.pipe(
  v.record(
    v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]*$/u, 'Stream names are snake_case.')),
    v.strictObject({
      match: text,
      delimiter: v.optional(v.pipe(v.string(), v.length(1))),
      encoding: v.optional(text),
      records: v.record(v.picklist(recordNames), recordMapping),
    }),
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const message of unknownColumns(dataset.value)) addIssue({ message });
  }),
);

/** Columns a mapping names that its record does not have, and ids it forgets, each as a sentence. */
function unknownColumns(mapping: FilesMapping): string[] {
  return Object.entries(mapping).flatMap(([stream, { records }]) =>
    Object.entries(records).flatMap(([name, recordMapping]) => {
      const record = name as RecordName;
      const known = stagedColumns(record);
      const named = [
        ...Object.keys(recordMapping.columns),
        ...Object.keys(recordMapping.combine ?? {}),
      ];
      const messages = named
        .filter((column) => !known.includes(column))
        .map(
          (column) => `${stream}: ${record} has no column ${column}; it has ${known.join(', ')}.`,
        );
      if (!(`${record}_id` in recordMapping.columns))
        messages.push(`${stream}: ${record} needs ${record}_id, the key its source gives it.`);
      return messages;
    }),
  );
}

/** Names under which staging gives the columns of a record, its id first. */
export function stagedColumns(record: RecordName): string[] {
  const columns = Object.entries(columnsOf(record));
  return [`${record}_id`, ...columns.map(([name, column]) => stagedName(name, column))];
}
