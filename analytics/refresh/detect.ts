import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { findingColumns, type Detector, type Parameters } from '../detectors/detector.ts';
import type { Statement } from '../table.ts';
import { bind } from '../result/bind.ts';
import { changedTable, type Changes } from './changes.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { dropShadows, shadow, type Shadow, type Store } from './shadow.ts';

/** Where detectors look and with what. */
export interface Detection extends Store {
  readonly changes: Changes;
  readonly asOf: string;
  readonly parameters: Readonly<Record<string, Parameters>>;
  /** Statement and values of each detector's last whole run. */
  readonly versions: Map<string, string>;
}

/**
 * Replaces the findings of each detector: all of them, or those of the partitions whose rows changed.
 *
 * Definition  Several answers about one subject become one finding, that with the highest score.
 *             Answers without a partition are dropped: nothing could ever replace them.
 *             Detectors that divide the same tables by the same columns see the same narrowed tables,
 *             those of every partition that changed for one of them.
 */
export async function findAgain(
  on: Detection,
  detectors: readonly Detector[],
  onDone: (detector: Detector) => void,
): Promise<void> {
  const narrow: Asked[] = [];
  for (const detector of detectors) {
    const asked = { detector, statement: statementOf(on, detector) };
    const extent = extentOf(on, asked);
    if (extent === 'partitions') narrow.push(asked);
    else {
      if (extent === 'whole') await findEverywhere(on, asked);
      onDone(detector);
    }
  }
  for (const division of divisionsOf(narrow)) await findInPartitions(on, division, onDone);
}

/** A detector and its select for this run. */
interface Asked {
  readonly detector: Detector;
  readonly statement: Statement;
}

/** Detectors that divide tables alike, and by which column they divide each. */
interface Division {
  readonly asked: Asked[];
  readonly columns: Map<string, string>;
  /** Tables that one of them reads in full, so that none may divide them. */
  readonly wholly: Set<string>;
}

/** A detector that changed, or that uses the time, looks at everything. */
function extentOf(on: Detection, { detector, statement }: Asked): 'whole' | 'partitions' | 'none' {
  const wholly = detector.wholly ?? [];
  const tables = [...Object.keys(detector.reads), ...wholly];
  const changed = tables.filter((table) => on.changes.of(table) !== 'none');
  if (on.versions.get(named(detector)) !== versionOf(statement)) return 'whole';
  if (changed.some((table) => on.changes.of(table) === 'all' || wholly.includes(table)))
    return 'whole';
  return changed.length > 0 ? 'partitions' : 'none';
}

function divisionsOf(narrow: readonly Asked[]): Division[] {
  const divisions: Division[] = [];
  for (const asked of narrow) {
    const reads = Object.entries(asked.detector.reads);
    const wholly = asked.detector.wholly ?? [];
    const fitting = divisions.find(
      ({ columns, wholly: inFull }) =>
        reads.some(([table, column]) => columns.get(table) === column) &&
        reads.every(
          ([table, column]) => (columns.get(table) ?? column) === column && !inFull.has(table),
        ) &&
        wholly.every((table) => !columns.has(table)),
    );
    const division: Division = fitting ?? { asked: [], columns: new Map(), wholly: new Set() };
    if (!fitting) divisions.push(division);
    for (const table of wholly) division.wholly.add(table);
    division.asked.push(asked);
    for (const [table, column] of reads) division.columns.set(table, column);
  }
  return divisions;
}

async function findEverywhere(on: Detection, { detector, statement }: Asked): Promise<void> {
  await on.writer.run(`delete from finding where detector = ${quoteLiteral(detector.id)}`);
  await insertFindings(on, detector, { statement, only: 'true' });
  on.versions.set(named(detector), versionOf(statement));
}

async function findInPartitions(
  on: Detection,
  { asked, columns }: Division,
  onDone: (detector: Detector) => void,
): Promise<void> {
  const partitions = [...columns]
    .filter(([table]) => on.changes.of(table) === 'some')
    .map(
      ([table, column]) =>
        `select ${column}::varchar as partition_key from temp.${changedTable(table)}`,
    );
  await on.writer.run(
    `create or replace temp table touched as
     select distinct partition_key from (${partitions.join(' union all ')}) where partition_key is not null`,
  );
  const shadows: Shadow[] = [];
  for (const [table, column] of columns) {
    const type = await typeOf(on, table, column);
    shadows.push(
      await shadow(
        on,
        table,
        `${column} in (select try_cast(partition_key as ${type}) from temp.touched)`,
      ),
    );
  }
  const isTouched = 'partition_key in (select partition_key from temp.touched)';
  for (const { detector, statement } of asked) {
    await on.writer.run(
      `delete from finding where detector = ${quoteLiteral(detector.id)} and ${isTouched}`,
    );
    await insertFindings(on, detector, { statement, only: isTouched });
    onDone(detector);
  }
  await dropShadows(on, shadows);
}

/** Partition values are text in findings; compared in the column's own type, DuckDB reads less. */
async function typeOf(on: Detection, table: string, column: string): Promise<string> {
  const described = await on.writer.runAndReadAll(
    `select typeof(${column}) from (select null) left join ${on.catalogue}.main.${table} on false`,
  );
  return String(described.getRows()[0]?.[0] ?? 'VARCHAR');
}

function statementOf(on: Detection, detector: Detector): Statement {
  const defaults = Object.fromEntries(
    Object.entries(detector.parameters).map(([name, definition]) => [name, definition.default]),
  );
  return detector.find({ ...defaults, ...on.parameters[detector.id] }, on.asOf);
}

function versionOf(statement: Statement): string {
  return createHash('sha256').update(JSON.stringify(statement)).digest('hex');
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
