import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { findingColumns, type Detector, type Parameters } from '../detectors/detector.ts';
import type { Statement } from '../table.ts';
import { bind } from '../result/bind.ts';
import { changedTable, type Changes } from './changes.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

/** Where detectors look and with what. */
export interface Detection {
  readonly writer: DuckDBConnection;
  readonly catalogue: string;
  readonly changes: Changes;
  readonly asOf: string;
  readonly parameters: Readonly<Record<string, Parameters>>;
}

/**
 * Replaces the findings of one detector: all of them, or those of the partitions whose rows changed.
 *
 * Definition  Several answers about one subject become one finding, that with the highest score.
 *             Answers without a partition are dropped: nothing could ever replace them.
 */
export async function findAgain(on: Detection, detector: Detector): Promise<void> {
  const tables = Object.entries(detector.reads);
  const changed = [...tables.map(([table]) => table), ...(detector.wholly ?? [])].filter(
    (table) => on.changes.of(table) !== 'none',
  );
  const statement = statementOf(on, detector);
  const version = createHash('sha256').update(JSON.stringify(statement)).digest('hex');
  const whole =
    (await versionOf(on, detector)) !== version ||
    changed.some((table) => on.changes.of(table) === 'all' || detector.wholly?.includes(table));
  if (!whole && changed.length === 0) return;
  const mine = `detector = ${quoteLiteral(detector.id)}`;
  if (whole) {
    await on.writer.run(`delete from finding where ${mine}`);
    await insertFindings(on, detector, { statement, only: 'true' });
    await on.writer.run('delete from model_version where name = $name', { name: named(detector) });
    await on.writer.run('insert into model_version values ($name, $version)', {
      name: named(detector),
      version,
    });
    return;
  }
  const partitions = tables
    .filter(([table]) => changed.includes(table))
    .map(
      ([table, column]) =>
        `select ${column}::varchar as partition_key from temp.${changedTable(table)}`,
    );
  await on.writer.run(
    `create or replace temp table touched as
     select distinct partition_key from (${partitions.join(' union all ')}) where partition_key is not null`,
  );
  for (const [table, column] of tables)
    await on.writer.run(
      `create temp table ${table} as select * from ${on.catalogue}.main.${table}
       where ${column}::varchar in (select partition_key from temp.touched)`,
    );
  await on.writer.run(
    `delete from finding where ${mine} and partition_key in (select partition_key from temp.touched)`,
  );
  await insertFindings(on, detector, {
    statement,
    only: 'partition_key in (select partition_key from temp.touched)',
  });
  for (const [table] of tables) await on.writer.run(`drop table temp.${table}`);
  await on.writer.run('drop table temp.touched');
}

function statementOf(on: Detection, detector: Detector): Statement {
  const defaults = Object.fromEntries(
    Object.entries(detector.parameters).map(([name, definition]) => [name, definition.default]),
  );
  return detector.find({ ...defaults, ...on.parameters[detector.id] }, on.asOf);
}

/** Statement and values of the last whole run: a detector that changed, or that uses the time, looks at everything. */
async function versionOf(on: Detection, detector: Detector): Promise<string | null> {
  const found = await on.writer.runAndReadAll(
    'select version from model_version where name = $name',
    { name: named(detector) },
  );
  const version = found.getRows()[0]?.[0];
  return typeof version === 'string' ? version : null;
}

function named(detector: Detector): string {
  return `detector ${detector.id}`;
}

async function insertFindings(
  on: Detection,
  detector: Detector,
  of: { statement: Statement; only: string },
): Promise<void> {
  const { statement, only } = of;
  const sql = `
    insert into finding by name
    select md5(${quoteLiteral(detector.id)} || chr(31) || subject_key::varchar)::uuid as finding_key,
      ${quoteLiteral(detector.id)} as detector, ${quoteLiteral(detector.kind)} as kind,
      ${quoteLiteral(detector.subject)} as subject,
      ${findingColumns.map(quoteIdentifier).join(', ')}
    from (\n${statement.sql}\n) as answers
    where partition_key is not null and ${only}
    qualify row_number() over (
      partition by subject_key order by score desc, partition_key, reasons::varchar
    ) = 1`;
  try {
    const prepared = await on.writer.prepare(sql);
    bind(prepared, statement.values ?? {});
    await prepared.run();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`detector ${detector.id}: its select failed: ${message}`, { cause });
  }
}

/** Puts the money at stake of every finding into the group currency by the rate of its day. */
export async function valueFindings(writer: DuckDBConnection): Promise<void> {
  await writer.run(`
    update finding set amount_at_stake_base = valued.amount_base
    from (
      select found.finding_key as valued_key,
        case when found.currency = group_currency.currency then found.amount_at_stake
          else (found.amount_at_stake * fx_day.rate)::decimal(18, 4) end as amount_base
      from finding as found
      cross join group_currency
      left join fx_day
        on fx_day.currency = found.currency and fx_day.rate_on = found.found_as_of::date
    ) as valued
    where finding_key = valued_key and amount_at_stake_base is distinct from valued.amount_base`);
}
