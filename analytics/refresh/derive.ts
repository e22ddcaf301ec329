import { createHash } from 'node:crypto';
import type { Model, Touch } from '../models.ts';
import type { Changes } from './changes.ts';
import { copyRows, differingRows, dropShadows, shadow, type Shadow, type Store } from './shadow.ts';

/** Above this share of touched keys deriving the whole table is faster (measured near one quarter). */
const fullShare = 0.25;

/** Up to so many rows a table looked up beside is read as it is: finding the rows needed takes longer. */
const smallRows = 20_000;

/** Where models are derived: the writer, its catalogue and what this refresh has changed so far. */
export interface Derivation extends Store {
  readonly changes: Changes;
  /** Version with which each model was derived last. */
  readonly versions: Map<string, string>;
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
  const current = on.versions.get(model.name) === version;
  if (current && changed.length === 0) return 0;
  const narrow =
    current &&
    model.key.length > 0 &&
    changed.every(
      (input) =>
        on.changes.of(input) === 'some' && model.touchedBy.some(({ table }) => table === input),
    );
  if (narrow) {
    const touched = await collectTouched(on, model);
    const { count } = touched;
    const isFew =
      count < 1000 ||
      count <= fullShare * (await numberFrom(on, `select count(*) from ${stored(on, model.name)}`));
    if (isFew && count > 0) await deriveTouched(on, model, touched);
    if (isFew) return count;
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
  const touched = await collectTouched(on, check);
  if (touched.count === 0) return [];
  const shadows = await shadowInputs(on, check, touched);
  const rows = (await on.writer.runAndReadAll(first)).getRowsJson();
  await dropShadows(on, shadows);
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
      differingRows(`select * from temp.${before}`, `select * from ${own}`),
    );
    await on.writer.run(`drop table temp.${before}`);
  } else on.changes.markAll(model.name);
  on.versions.set(model.name, of.version);
}

async function deriveTouched(on: Derivation, model: Model, touched: Touched): Promise<void> {
  const own = stored(on, model.name);
  const shadows = await shadowInputs(on, model, touched);
  await on.writer.run(
    `create or replace temp table after as select * from (\n${withoutSemicolon(model.sql)}\n) as derived
     where ${isTouched(touched, model.key, 'derived')}`,
  );
  await dropShadows(on, shadows);
  const where = isTouched(touched, model.key, 'rows');
  await copyRows(on, { table: model.name, where, into: 'before' });
  const after = 'select * from temp.after';
  const differing = await on.changes.add(
    model.name,
    differingRows('select * exclude (_place) from temp.before', after),
  );
  if (differing === 0) return;
  await on.writer.run(`delete from ${own} where rowid in (select _place from temp.before)`);
  await on.writer.run(`insert into ${own} by name ${after}`);
}

/** Keys to derive again, in `temp.touched` with columns key_0, key_1, …. */
interface Touched {
  readonly count: number;
  /** Whether a column of the key is null in any of them: then nulls must be compared too. */
  readonly hasNull: readonly boolean[];
}

/** Fills `temp.touched` with the keys whose rows must be derived again; says how many. */
async function collectTouched(on: Derivation, model: Model): Promise<Touched> {
  const selects: string[] = [];
  for (const touch of model.touchedBy)
    if (on.changes.of(touch.table) === 'some') selects.push(await touchedKeys(on, model, touch));
  const names = model.key.map((_, index) => `key_${index}`);
  await on.writer.run(
    `create or replace temp table touched as
     select distinct ${names.join(', ')} from (\n${selects.join('\nunion all\n')}\n) as all_keys(${names.join(', ')})
     where not (${names.map((name) => `${name} is null`).join(' and ')})`,
  );
  const counted = await on.writer.runAndReadAll(
    `select count(*), ${names.map((name) => `coalesce(bool_or(${name} is null), false)`).join(', ')} from temp.touched`,
  );
  const [count, ...hasNull] = counted.getRows()[0] ?? [];
  return { count: Number(count), hasNull: hasNull.map((one) => one === true) };
}

async function touchedKeys(on: Derivation, model: Model, touch: Touch): Promise<string> {
  const changed = `(${await on.changes.differing(touch.table, { text: await readText(on, model), where: 'true' })})`;
  if (!touch.via) return `select ${touch.columns.join(', ')} from ${changed}`;
  const links = touch.columns.map((_, index) => `changed._link_${index} = other._link_${index}`);
  return (
    `select ${model.key.join(', ')} from (${withLinks(stored(on, touch.via.table), touch.via.columns)}) as other ` +
    `where exists (select 1 from (${withLinks(changed, touch.columns)}) as changed ` +
    `where ${[...links, ...(touch.when ? [touch.when] : [])].join(' and ')})`
  );
}

/**
 * Text that names every column the model can depend on: its own, header and all; null where it gives
 * a column that it does not name, so that any column may be one of those.
 */
async function readText(on: Derivation, model: Model): Promise<string | null> {
  const text = model.sql.replaceAll('--', '');
  const words = new Set(text.match(/\w+/g));
  const given = [...(await on.changes.columns(model.name)).keys()];
  return given.every((column) => words.has(column)) ? text : null;
}

function withLinks(table: string, columns: readonly string[]): string {
  return `select *, ${columns.map((column, index) => `${column} as _link_${index}`).join(', ')} from ${table}`;
}

/**
 * Shadows each input named in the header by the rows of touched keys.
 *
 * Definition  Small tables looked up beside (rates, employees) are left as they are, and so is a table
 *             that reaches keys through the model's own table, which does not know the new ones yet.
 */
async function shadowInputs(on: Derivation, model: Model, touched: Touched): Promise<Shadow[]> {
  const shadows: Shadow[] = [];
  for (const input of model.inputs) {
    const touches = model.touchedBy.filter(({ table }) => table === input);
    const lookedUp = touches.every(({ via }) => via);
    if (touches.some(({ via }) => via?.table === model.name)) continue;
    if (lookedUp && (await on.changes.size(input)) <= smallRows) continue;
    const filters = touches.map((touch) => shadowFilter(on, { model, touched, touch }));
    if (filters.length > 0) shadows.push(await shadow(on, input, filters.join(' or ')));
  }
  return shadows;
}

function shadowFilter(
  on: Derivation,
  { model, touched, touch }: { model: Model; touched: Touched; touch: Touch },
): string {
  if (!touch.via) return isTouched(touched, touch.columns);
  const { table, columns } = touch.via;
  const links =
    `select ${columns.map((column, index) => `${column} as _link_${index}`).join(', ')} ` +
    `from ${stored(on, table)} as other where ${isTouched(touched, model.key, 'other')}`;
  const [only] = touch.columns;
  if (touch.columns.length === 1) return `${only} in (${links})`;
  return `exists (select 1 from (${links}) as linked where ${touch.columns
    .map((column, index) => `linked._link_${index} = ${column}`)
    .join(' and ')})`;
}

/** Condition that a row's key is one of the touched ones. */
function isTouched(touched: Touched, key: readonly string[], table?: string): string {
  const columns = key.map((column) => (table === undefined ? column : `${table}.${column}`));
  if (columns.length === 1) return `${columns[0]} in (select key_0 from temp.touched)`;
  return `exists (select 1 from temp.touched where ${columns
    .map(
      (column, index) =>
        `touched.key_${index} ${touched.hasNull[index] ? 'is not distinct from' : '='} ${column}`,
    )
    .join(' and ')})`;
}

async function numberFrom(on: Derivation, sql: string): Promise<number> {
  const result = await on.writer.runAndReadAll(sql);
  return Number(result.getRows()[0]?.[0]);
}

function stored(on: Derivation, table: string): string {
  return `${on.catalogue}.main.${table}`;
}

function withoutSemicolon(sql: string): string {
  return sql.trimEnd().replace(/;$/, '');
}
