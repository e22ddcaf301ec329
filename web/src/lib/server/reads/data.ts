import type { Row } from '#analytics/table.ts';
import { listBatches } from '#ingest/manifest.ts';
import { records } from '#ingest/records.ts';
import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { freshness, type SourceFreshness } from './frame.ts';

/** What one landed batch brought, row for row: physical = loaded + rejected + ignored. */
export interface BatchCount {
  readonly batch_id: string;
  readonly source: string;
  readonly connector: string;
  readonly extracted_at: string;
  readonly status: string;
  readonly held_because: string | null;
  readonly stream: string | null;
  readonly physical: number | null;
  readonly loaded: number | null;
  readonly rejected: number | null;
  readonly ignored: number | null;
}

/** A total the source stated and what arrived. */
export interface ControlTotal {
  readonly batch_id: string;
  readonly source: string;
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly is_equal: boolean;
}

/** A batch that was not published, and why. */
export interface HeldBatch {
  readonly batch_id: string;
  readonly source: string;
  readonly connector: string;
  readonly extracted_at: string;
  readonly held_because: string;
  readonly files: readonly string[];
}

export interface SourceRun {
  readonly source: string;
  readonly started_at: string;
  readonly state: string;
  readonly rows_landed: number | null;
  readonly error: string | null;
}

/** All batches of one stream together. */
export interface StreamCount {
  readonly source: string;
  readonly connector: string;
  readonly stream: string;
  readonly batches: number;
  readonly extracted_at: string;
  readonly physical: number;
  readonly loaded: number;
  readonly rejected: number;
  readonly ignored: number;
}

export interface DataPage {
  readonly streams: readonly StreamCount[];
  readonly sources: readonly SourceFreshness[];
  readonly batches: readonly BatchCount[];
  readonly batch_total: number;
  readonly control_totals: readonly ControlTotal[];
  readonly held: readonly HeldBatch[];
  readonly ignored: readonly {
    readonly stream: string;
    readonly reason: string;
    readonly row_count: number;
  }[];
  readonly rejected_total: number;
  readonly runs: readonly SourceRun[];
}

const batchLimit = 60;

/** Where everything came from, how old it is, and what became of each row. */
export async function readData(): Promise<DataPage> {
  const { warehouse, dataFolder, state } = application();
  const [sources, streams, batches, [counted], totals, ignored, [rejected], manifests, runs] =
    await Promise.all([
      freshness(warehouse),
      warehouse.rows(
        `select batch.source, batch.connector, load_count.stream, count(*) as batches,
         max(batch.extracted_at) as extracted_at, sum(physical)::bigint as physical,
         sum(loaded)::bigint as loaded, sum(rejected)::bigint as rejected, sum(ignored)::bigint as ignored
       from batch join load_count using (batch_id)
       group by batch.source, batch.connector, load_count.stream
       order by batch.source, batch.connector, load_count.stream`,
      ),
      warehouse.rows(
        `select batch.batch_id, batch.source, batch.connector, batch.extracted_at, batch.status,
         batch.held_because, load_count.stream, load_count.physical, load_count.loaded,
         load_count.rejected, load_count.ignored
       from batch left join load_count on load_count.batch_id = batch.batch_id
       order by batch.extracted_at desc, batch.batch_id, load_count.stream limit ${batchLimit}`,
      ),
      warehouse.rows('select count(distinct batch_id) as batches from batch'),
      warehouse.rows(
        `select control_total.batch_id, batch.source, control_total.name, control_total.expected,
         control_total.actual, control_total.expected = control_total.actual as is_equal
       from control_total join batch using (batch_id)
       order by is_equal, batch.extracted_at desc, control_total.name limit ${batchLimit}`,
      ),
      warehouse.rows(
        `select stream, reason, sum(row_count)::bigint as row_count from ignored
       group by stream, reason order by row_count desc, stream limit 30`,
      ),
      warehouse.rows('select count(*) as rows from rejected'),
      listBatches(dataFolder),
      state.query<SourceRun>(
        'select source, started_at, state, rows_landed, error from source_run order by id desc limit 5',
      ),
    ]);
  return {
    sources,
    streams: streams as unknown as StreamCount[],
    batches: batches as unknown as BatchCount[],
    batch_total: Number(counted?.['batches'] ?? 0),
    control_totals: totals as unknown as ControlTotal[],
    held: manifests.flatMap((manifest) =>
      manifest.status === 'held'
        ? {
            batch_id: manifest.batch_id,
            source: manifest.source,
            connector: manifest.connector,
            extracted_at: manifest.extracted_at,
            held_because: manifest.held_because ?? '',
            files: manifest.files.map((file) => file.name),
          }
        : [],
    ),
    ignored: ignored as unknown as DataPage['ignored'],
    rejected_total: Number(rejected?.['rows'] ?? 0),
    runs,
  };
}

/** A row that was refused, with where it stands in its file. */
export interface RejectedRow {
  readonly rejected_key: string;
  readonly source: string;
  readonly connector: string;
  readonly stream: string;
  readonly source_row: number;
  readonly record: string | null;
  readonly code: string;
  readonly column_name: string | null;
  readonly value: string | null;
  readonly detail: string | null;
}

export interface RejectedGroup {
  readonly source: string;
  readonly stream: string;
  readonly code: string;
  readonly column_name: string | null;
  readonly row_count: number;
}

export const rejectedPageSize = 50;

/** Secret columns, whose values are never shown, not even when they are wrong. */
const secretColumns = Object.entries(records).flatMap(([record, { columns }]) =>
  Object.entries(columns).flatMap(([name, column]) =>
    'pii' in column && column.pii === 'secret' ? `${record}.${name}` : [],
  ),
);

/**
 * Rows that were refused, by reason, and one page of them. Which entity a refused row belongs to is
 * not known, so its value is shown only to people who may see all of them.
 */
export async function readRejected(
  person: Person,
  filter: { code: string | null; source: string | null; page: number },
): Promise<{ rows: RejectedRow[]; groups: RejectedGroup[]; total: number }> {
  const { warehouse } = application();
  const values = { code: filter.code, source: filter.source };
  const where = '($code is null or code = $code) and ($source is null or source = $source)';
  const [rows, groups, [counted]] = await Promise.all([
    warehouse.rows(
      `select rejected_key::varchar as rejected_key, source, connector, stream, source_row, record,
         code, column_name,
         case when not $every_company or list_contains($secret, concat_ws('.', record, column_name))
           then '••••' else value end as value,
         if($every_company, detail, null) as detail
       from rejected where ${where} order by source, stream, source_row, rejected_key
       limit ${rejectedPageSize} offset $offset::bigint`,
      {
        ...values,
        secret: secretColumns,
        every_company: person.company_keys === null,
        offset: (filter.page - 1) * rejectedPageSize,
      },
    ),
    warehouse.rows(
      `select source, stream, code, column_name, count(*) as row_count from rejected
       group by all order by row_count desc, source, stream, code limit 40`,
    ),
    warehouse.rows(`select count(*) as rows from rejected where ${where}`, values),
  ]);
  return {
    rows: rows as unknown as RejectedRow[],
    groups: groups as unknown as RejectedGroup[],
    total: Number(counted?.['rows'] ?? 0),
  };
}

/** A canonical record for the dictionary page, with how many rows there are. */
export interface DictionaryRecord {
  readonly name: string;
  readonly grain: string;
  readonly row_count: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly unit: string | null;
    readonly pii: string;
    readonly is_required: boolean;
    readonly to: string | null;
    readonly one_of: readonly string[];
    readonly meaning: string;
  }[];
}

/** Every record and column, from the one file that defines them. */
export async function readDictionary(): Promise<DictionaryRecord[]> {
  const names = Object.keys(records);
  const [counts] = (await application().warehouse.rows(
    `select ${names.map((name) => `(select count(*) from ${name}) as ${name}`).join(', ')}`,
  )) as [Row];
  return Object.entries(records).map(([name, definition]) => ({
    name,
    grain: definition.grain,
    row_count: Number(counts[name] ?? 0),
    columns: Object.entries(definition.columns).map(([column, about]) => ({
      name: column,
      type: about.type,
      unit: 'unit' in about ? about.unit : null,
      pii: 'pii' in about ? about.pii : 'none',
      is_required: 'required' in about,
      to: 'to' in about ? about.to : null,
      one_of: 'oneOf' in about ? about.oneOf : [],
      meaning: about.meaning,
    })),
  }));
}
