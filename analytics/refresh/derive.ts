import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Model, Touch } from '../models.ts';
import { changedTable, type Changes } from './changes.ts';
import { quoteLiteral } from './quote.ts';

/** Above this share of touched keys deriving the whole table is faster (measured near one quarter). */
const fullShare = 0.25;

/** Where models are derived: the writer, its catalogue and what this refresh has changed so far. */
export interface Derivation {
  readonly writer: DuckDBConnection;
  readonly catalogue: string;
  readonly changes: Changes;
}

/**
 * Derives one model's table: in full, or only the rows of touched keys when that is enough.
 *
 * Definition  In an increment each input is shadowed by a temporary table of the same name that
 *             holds the rows of touched keys, so one SQL text serves both ways.
 * Shape       how many keys were derived again; null when in full
 */
export async function deriveModel(on: Derivation, model: Model): Promise<number | null> {
  const changed = model.inputs.filter((input) => on.changes.of(input) !== 'none');
  const version = createHash('sha256').update(model.sql).digest('hex');
  const current = await isCurrent(on, model.name, version);
  if (current && changed.length === 0) return 0;
  const narrow =
    current &&
    model.key.length > 0 &&
    changed.every(
      (input) =>
        on.changes.of(input) === 'some' && model.touchedBy.some(({ table }) => table === input),
    );
  if (narrow) {
    const count = await collectTouched(on, model);
    const total = await numberFrom(on, `select count(*) from ${stored(on, model.name)}`);
    if (count <= total * fullShare || count < 1000) {
      if (count > 0) await deriveTouched(on, model);
      await on.writer.run('drop table temp.touched');
      return count;
    }
    await on.writer.run('drop table temp.touched');
  }
  await deriveInFull(on, model, { version, existed: current });
  return null;
}

/** Rows a check finds; in an increment it looks only at touched rows, like a model. */
export async function runCheck(on: Derivation, check: Model): Promise<unknown[][]> {
  const changed = check.inputs.filter((input) => on.changes.of(input) !== 'none');
  if (changed.length === 0) return [];
  const narrow =
    check.key.length > 0 &&
    changed.every(
      (input) =>
        on.changes.of(input) === 'some' && check.touchedBy.some(({ table }) => table === input),
    );
  const first = `select * from (\n${withoutSemicolon(check.sql)}\n) limit 5`;
  if (!narrow) return (await on.writer.runAndReadAll(first)).getRowsJson();
  await collectTouched(on, check);
  const shadows = await shadowInputs(on, check);
  const rows = (await on.writer.runAndReadAll(first)).getRowsJson();
  await dropTables(on, [...shadows, 'touched']);
  return rows;
}

async function deriveInFull(
  on: Derivation,
  model: Model,
  of: { version: string; existed: boolean },
): Promise<void> {
  const own = stored(on, model.name);
  const compare = of.existed && model.touchedBy.length === 0;
  const before = `before_${model.name}`;
  if (compare) await on.writer.run(`create temp table ${before} as select * from ${own}`);
  await on.writer.run(`create or replace table ${own} as\n${withoutSemicolon(model.sql)}`);
  if (compare) {
    await on.changes.add(
      model.name,
      `(select * from temp.${before} except all select * from ${own})
       union all by name (select * from ${own} except all select * from temp.${before})`,
    );
    await on.writer.run(`drop table temp.${before}`);
    await on.changes.settle();
  } else on.changes.markAll(model.name);
  await on.writer.run(`delete from model_version where name = ${quoteLiteral(model.name)}`);
  await on.writer.run(
    `insert into model_version values (${quoteLiteral(model.name)}, ${quoteLiteral(of.version)})`,
  );
}

async function deriveTouched(on: Derivation, model: Model): Promise<void> {
  const own = stored(on, model.name);
  const shadows = await shadowInputs(on, model);
  const matches = sameKey(model.key, 'derived');
  await on.writer.run(
    `create temp table after as select * from (\n${withoutSemicolon(model.sql)}\n) as derived
     where exists (select 1 from temp.touched where ${matches})`,
  );
  await dropTables(on, shadows);
  await on.writer.run(
    `create temp table before as select * from ${own} as derived
     where exists (select 1 from temp.touched where ${matches})`,
  );
  await on.writer.run(
    `delete from ${own} as derived where exists (select 1 from temp.touched where ${matches})`,
  );
  await on.writer.run(`insert into ${own} by name select * from temp.after`);
  await on.changes.add(
    model.name,
    `(select * from temp.before except all select * from temp.after)
     union all by name (select * from temp.after except all select * from temp.before)`,
  );
  await dropTables(on, ['before', 'after']);
  await on.changes.settle();
}

/** Fills `temp.touched` with the keys whose rows must be derived again; says how many. */
async function collectTouched(on: Derivation, model: Model): Promise<number> {
  const selects = model.touchedBy
    .filter((touch) => on.changes.of(touch.table) === 'some')
    .map((touch) => touchedKeys(on, model, touch));
  const names = model.key.map((_, index) => `key_${index}`);
  await on.writer.run(
    `create or replace temp table touched as
     select distinct ${names.join(', ')} from (\n${selects.join('\nunion all\n')}\n) as all_keys(${names.join(', ')})
     where not (${names.map((name) => `${name} is null`).join(' and ')})`,
  );
  return numberFrom(on, 'select count(*) from temp.touched');
}

function touchedKeys(on: Derivation, model: Model, touch: Touch): string {
  const changed = `temp.${changedTable(touch.table)}`;
  if (!touch.via) return `select ${touch.columns.join(', ')} from ${changed}`;
  const links = touch.columns.map((_, index) => `changed._link_${index} = other._link_${index}`);
  return (
    `select ${model.key.join(', ')} from (${withLinks(stored(on, touch.via.table), touch.via.columns)}) as other ` +
    `where exists (select 1 from (${withLinks(changed, touch.columns)}) as changed ` +
    `where ${[...links, ...(touch.when ? [touch.when] : [])].join(' and ')})`
  );
}

function withLinks(table: string, columns: readonly string[]): string {
  return `select *, ${columns.map((column, index) => `${column} as _link_${index}`).join(', ')} from ${table}`;
}

/** Shadows each input named in the header by a temporary table of the rows of touched keys. */
async function shadowInputs(on: Derivation, model: Model): Promise<string[]> {
  const order = model.inputs.filter((input) =>
    model.touchedBy.some(({ table }) => table === input),
  );
  for (const input of order) {
    const filters = model.touchedBy
      .filter(({ table }) => table === input)
      .map((touch) => shadowFilter(on, model, touch));
    await on.writer.run(
      `create temp table ${input} as select * from ${stored(on, input)} as rows where ${filters.join(' or ')}`,
    );
  }
  return order;
}

function shadowFilter(on: Derivation, model: Model, touch: Touch): string {
  if (!touch.via)
    return `exists (select 1 from temp.touched where ${touch.columns
      .map((column, index) => `touched.key_${index} is not distinct from ${column}`)
      .join(' and ')})`;
  const { table, columns } = touch.via;
  const linked =
    `select ${columns.map((column, index) => `${column} as _link_${index}`).join(', ')} ` +
    `from ${stored(on, table)} as other ` +
    `where exists (select 1 from temp.touched where ${sameKey(model.key, 'other')})`;
  return `exists (select 1 from (${linked}) as linked where ${touch.columns
    .map((column, index) => `linked._link_${index} = ${column}`)
    .join(' and ')})`;
}

function sameKey(key: readonly string[], table: string): string {
  return key
    .map((column, index) => `touched.key_${index} is not distinct from ${table}.${column}`)
    .join(' and ');
}

async function isCurrent(on: Derivation, name: string, version: string): Promise<boolean> {
  const found = await numberFrom(
    on,
    `select count(*) from model_version where name = ${quoteLiteral(name)} and version = ${quoteLiteral(version)}`,
  );
  return found > 0;
}

async function numberFrom(on: Derivation, sql: string): Promise<number> {
  const result = await on.writer.runAndReadAll(sql);
  return Number(result.getRows()[0]?.[0]);
}

async function dropTables(on: Derivation, tables: readonly string[]): Promise<void> {
  for (const table of tables) await on.writer.run(`drop table temp.${table}`);
}

function stored(on: Derivation, table: string): string {
  return `${on.catalogue}.main.${table}`;
}

function withoutSemicolon(sql: string): string {
  return sql.trimEnd().replace(/;$/, '');
}
