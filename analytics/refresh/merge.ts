import type { DuckDBConnection } from '@duckdb/node-api';
import { columnsOf, type RecordName } from '#ingest/records.ts';
import type { Manifest } from '#ingest/manifest.ts';
import type { Changes } from './changes.ts';
import { quoteLiteral } from './quote.ts';
import { copyRows } from './shadow.ts';
import type { Staged } from './stage.ts';

/**
 * Marks all but the last physical row of a key within one batch as `repeated_key`.
 *
 * Shape  changes `_code` in the staged table; says whether any key stands in it more than once,
 *        be it in several batches
 */
export async function markRepeatedKeys(writer: DuckDBConnection, staged: Staged): Promise<boolean> {
  const key = `${staged.record}_key`;
  const good = `from temp.${staged.table} where _code is null`;
  const repeated = await writer.runAndReadAll(
    `select 1 ${good} group by ${key} having count(*) > 1 limit 1`,
  );
  if (repeated.currentRowCount === 0) return false;
  await writer.run(
    `update temp.${staged.table} as row set _code = 'repeated_key'
     from (
       select rowid as place ${good}
       qualify row_number() over (partition by ${key}, _batch order by _row desc, rowid desc) > 1
     ) as earlier
     where row.rowid = earlier.place`,
  );
  return true;
}

/** Where staged rows go and what is known of them. */
export interface Merge {
  readonly catalogue: string;
  readonly batches: readonly Manifest[];
  /** Whether a key may stand in more than one batch of the staged rows. */
  readonly hasRepeats: boolean;
  /** Gains the old and new rows of keys whose content differs; null on a first load. */
  readonly changes: Changes | null;
}

/**
 * Merges staged rows into the table of their record: per key the version with the greatest
 * (extracted_at, batch_id) stays, in whatever order batches arrive.
 */
export async function mergeStaged(
  writer: DuckDBConnection,
  staged: Staged,
  of: Merge,
): Promise<void> {
  const { record, table } = staged;
  const own = `${of.catalogue}.main.${record}`;
  const key = `${record}_key`;
  const columns = [key, `${record}_id`, ...Object.keys(columnsOf(record))];
  const stagedColumns = columns.map((name) => `staged.${name}`).join(', ');
  const said = of.batches.map(
    ({ batch_id, source, extracted_at }) =>
      `${quoteLiteral(source)} as source, ${quoteLiteral(batch_id)} as batch_id, ` +
      `timestamp ${quoteLiteral(extracted_at.replace('T', ' ').replace('Z', ''))} as extracted_at`,
  );
  const versions =
    said.length === 1
      ? `select ${stagedColumns}, ${said[0]}, staged._row as source_row from temp.${table} as staged where staged._code is null`
      : `select ${stagedColumns}, batch.* exclude (place), staged._row as source_row from temp.${table} as staged ` +
        `join (${said.map((one, index) => `select ${index + 1} as place, ${one}`).join(' union all ')}) as batch ` +
        `on batch.place = staged._batch where staged._code is null`;
  const newest = !of.hasRepeats
    ? versions
    : `select * from (${versions}) qualify row_number() over (partition by ${key} order by extracted_at desc, batch_id desc, source_row desc) = 1`;
  if (await isEmpty(writer, own)) {
    if (of.changes) await of.changes.add(record, `select *, 1 as _sign from (${newest})`);
    await writer.run(`insert into ${own} by name ${newest}`);
    return;
  }
  await copyRows(
    { writer, catalogue: of.catalogue },
    {
      table: record,
      where: `${key} in (select ${key} from temp.${table} where _code is null)`,
      into: 'kept',
    },
  );
  await writer.run(
    `create or replace temp table winners as
     select incoming.* from (${newest}) as incoming left join temp.kept using (${key})
     where kept.${key} is null
       or (incoming.extracted_at, incoming.batch_id) >= (kept.extracted_at, kept.batch_id)`,
  );
  if (of.changes) await addDifferences(writer, record, of.changes);
  await writer.run(
    `delete from ${own} where rowid in (
       select _place from temp.kept where ${key} in (select ${key} from temp.winners))`,
  );
  await writer.run(`insert into ${own} by name select * from temp.winners`);
  await writer.run('drop table temp.kept');
  await writer.run('drop table temp.winners');
}

/**
 * Rows whose content differs, as they were and as they will be; the batch alone is no difference,
 * nor is the row's place in it, except where it orders events of the same moment.
 */
async function addDifferences(
  writer: DuckDBConnection,
  record: RecordName,
  changes: Changes,
): Promise<void> {
  const key = `${record}_key`;
  const content = [`${record}_id`, ...Object.keys(columnsOf(record))];
  if (record === 'approval_event') content.push('source_row');
  const row = (table: string) => `row(${content.map((name) => `${table}.${name}`).join(', ')})`;
  await writer.run(
    `create or replace temp table differing as
     select ${key} as key from temp.winners as incoming left join temp.kept using (${key})
     where kept.${key} is null or ${row('incoming')} is distinct from ${row('kept')}`,
  );
  for (const rows of [
    'select * exclude (_place), -1 as _sign from temp.kept',
    'select *, 1 as _sign from temp.winners',
  ])
    await changes.add(record, `${rows} where ${key} in (select key from temp.differing)`);
  await writer.run('drop table temp.differing');
}

async function isEmpty(writer: DuckDBConnection, table: string): Promise<boolean> {
  const result = await writer.runAndReadAll(`select 1 from ${table} limit 1`);
  return result.currentRowCount === 0;
}
