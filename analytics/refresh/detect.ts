import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { findingColumns, type Detector, type Parameters } from '../detectors/detector.ts';
import type { Statement } from '../table.ts';
import { bind } from '../result/bind.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { dropShadows, shadow, type Shadow } from './shadow.ts';
import { touchedPartitions, type Changed } from './touched-partitions.ts';

/** Where detectors look and with what. */
export interface Detection extends Changed {
  readonly asOf: string;
  readonly parameters: Readonly<Record<string, Parameters>>;
  /** Statement and values of each detector's last whole run. */
  readonly versions: Map<string, string>;
}

/**
 * Replaces the findings of each detector: all of them, or those of the partitions whose rows changed
 * from the earliest moment on at which they could matter.
 *
 * Definition  Several answers about one subject become one finding, that with the highest score.
 *             Answers without a partition are dropped: nothing could ever replace them.
 *             Findings of detectors that no longer run are taken away.
 *             Detectors that divide the same tables by the same columns see the same narrowed tables,
 *             those of every partition that changed for one of them.
 */
export async function findAgain(
  on: Detection,
  detectors: readonly Detector[],
  onDone: (detector: Detector) => void,
): Promise<void> {
  await forgetOthers(on, detectors);
  const narrow: Asked[] = [];
  for (const detector of detectors) {
    const asked = { detector, statement: statementOf(on, detector) };
    if (looksAtAll(on, asked)) {
      await findEverywhere(on, asked, null);
      on.versions.set(named(detector), versionOf(asked.statement));
      onDone(detector);
    } else narrow.push(asked);
  }
  const extents = await touchedPartitions(
    on,
    narrow.map(({ detector, statement }) => ({ detector, sql: statement.sql })),
  );
  const within: (Asked & { since: string })[] = [];
  for (const asked of narrow) {
    const extent = extents.get(asked.detector.id);
    if (extent?.everywhere) await findEverywhere(on, asked, extent.everywhere);
    if (extent?.within) within.push({ ...asked, since: extent.within });
    else onDone(asked.detector);
  }
  for (const division of divisionsOf(within)) await findInPartitions(on, division, onDone);
}

/** Takes away what detectors found that do not run any more, and that they ever ran. */
async function forgetOthers(on: Detection, detectors: readonly Detector[]): Promise<void> {
  const running = new Set(detectors.map(named));
  const gone = [...on.versions.keys()].filter(
    (name) => name.startsWith(prefix) && !running.has(name),
  );
  for (const name of gone) {
    await on.writer.run('delete from finding where detector = $detector', {
      detector: name.slice(prefix.length),
    });
    on.versions.delete(name);
  }
}

/** A detector and its select for this run. */
interface Asked {
  readonly detector: Detector;
  readonly statement: Statement;
}

/** Detectors that divide tables alike, and by which column they divide each. */
interface Division {
  readonly asked: (Asked & { since: string })[];
  readonly columns: Map<string, string>;
  /** Tables that one of them reads in full, so that none may divide them. */
  readonly wholly: Set<string>;
}

/** A detector that changed, or that uses the time, looks at everything; so does one of whose table all changed. */
function looksAtAll(on: Detection, { detector, statement }: Asked): boolean {
  if (on.versions.get(named(detector)) !== versionOf(statement)) return true;
  const tables = [...Object.keys(detector.reads), ...(detector.wholly ?? [])];
  return tables.some((table) => on.changes.of(table) === 'all');
}

function divisionsOf(narrow: readonly (Asked & { since: string })[]): Division[] {
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

/** Answers about every partition: all of them, or those from a moment on. */
async function findEverywhere(on: Detection, asked: Asked, since: string | null): Promise<void> {
  const own = `detector = ${quoteLiteral(asked.detector.id)}`;
  const only = since === null ? 'true' : `found_as_of >= timestamp ${quoteLiteral(since)}`;
  await on.writer.run(`delete from finding where ${own} and ${only}`);
  await insertFindings(on, asked, { only, since, shadowed: new Set() });
}

async function findInPartitions(
  on: Detection,
  { asked, columns }: Division,
  onDone: (detector: Detector) => void,
): Promise<void> {
  const detectors = asked.map(({ detector }) => quoteLiteral(detector.id)).join(', ');
  const shadows: Shadow[] = [];
  for (const [table, column] of columns) {
    // Partition values are text in findings; compared in the column's own type, DuckDB reads less.
    const type = (await on.changes.columns(table)).get(column) ?? 'VARCHAR';
    const touched = `select distinct try_cast(partition_key as ${type}) from temp.touched where detector in (${detectors})`;
    shadows.push(await shadow(on, table, `${column} in (${touched})`));
  }
  const shadowed = new Set(columns.keys());
  for (const { detector, statement, since } of asked) {
    const own = `detector = ${quoteLiteral(detector.id)}`;
    const only =
      `partition_key in (select partition_key from temp.touched where ${own}) ` +
      `and found_as_of >= timestamp ${quoteLiteral(since)}`;
    await on.writer.run(`delete from finding where ${own} and ${only}`);
    await insertFindings(on, { detector, statement }, { only, since, shadowed });
    onDone(detector);
  }
  await dropShadows(on, shadows);
}

function statementOf(on: Detection, detector: Detector): Statement {
  const defaults = Object.fromEntries(
    Object.entries(detector.parameters).map(([name, definition]) => [name, definition.default]),
  );
  return detector.find({ ...defaults, ...on.parameters[detector.id] }, on.asOf);
}

const prefix = 'detector ';

function versionOf(statement: Statement): string {
  return createHash('sha256').update(JSON.stringify(statement)).digest('hex');
}

function named(detector: Detector): string {
  return prefix + detector.id;
}

async function insertFindings(
  on: Detection,
  { detector, statement }: Asked,
  of: { only: string; since: string | null; shadowed: ReadonlySet<string> },
): Promise<void> {
  // A detector sees no other rows than those it says can matter, now as in a rebuild.
  const seen = Object.entries(detector.only ?? {}).map(([table, where]) => {
    const from = of.shadowed.has(table) ? `temp.${table}` : `${on.catalogue}.main.${table}`;
    return `${table} as not materialized (select * from ${from} where ${where})`;
  });
  const sql = `
    insert into finding by name
    ${seen.length > 0 ? `with ${seen.join(', ')}` : ''}
    select md5(${quoteLiteral(detector.id)} || chr(31) || subject_key::varchar)::uuid as finding_key,
      ${quoteLiteral(detector.id)} as detector, ${quoteLiteral(detector.kind)} as kind,
      ${quoteLiteral(detector.subject)} as subject,
      ${findingColumns.map(quoteIdentifier).join(', ')}
    from (\n${statement.sql}\n) as answers
    where partition_key is not null and found_as_of is not null and ${of.only}
    qualify row_number() over (
      partition by subject_key order by score desc, partition_key, reasons::varchar
    ) = 1`;
  try {
    const prepared = await on.writer.prepare(sql);
    bind(prepared, { ...statement.values, ...(of.since === null ? {} : { since: of.since }) });
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
