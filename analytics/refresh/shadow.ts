import type { DuckDBConnection } from '@duckdb/node-api';

/** Where stored tables stand, and who reads them. */
export interface Store {
  readonly writer: DuckDBConnection;
  /** Name of the file's catalogue: `<catalogue>.main.<table>` is stored, `temp.<table>` shadows it. */
  readonly catalogue: string;
}

/** Up to so many rows a shadow is a copy; above, a view, which reads only the columns asked for. */
const copiedRows = 10_000;

/** A temporary table or view that stands before the stored table of the same name. */
export interface Shadow {
  readonly table: string;
  readonly kind: 'table' | 'view';
}

/**
 * Makes the writer see only some rows of a stored table under its own name, until `dropShadows`.
 *
 * Shape  `where` is a condition on `rows`, the stored table
 */
export async function shadow(on: Store, table: string, where: string): Promise<Shadow> {
  const stored = `${on.catalogue}.main.${table}`;
  const count = await findPlaces(on, stored, where);
  const kind = count <= copiedRows ? 'table' : 'view';
  await on.writer.run(
    kind === 'table'
      ? `create temp table ${table} as select * from ${stored} where ${isPlace}`
      : `create temp view ${table} as select * from ${stored} as rows where ${where}`,
  );
  return { table, kind };
}

/** Lets the stored tables be seen again. */
export async function dropShadows(
  { writer }: { readonly writer: DuckDBConnection },
  shadows: readonly Shadow[],
): Promise<void> {
  for (const { table, kind } of shadows) await writer.run(`drop ${kind} temp.${table}`);
}

/**
 * Copies some rows of a stored table, with the place of each in `_place`.
 *
 * Definition  First the places, which reads the columns of the condition alone, then those rows: a
 *             few rows of a wide table come five times as fast as by the condition itself.
 * Shape       fills `temp.<into>`; `where` is a condition on `rows`, the stored table
 */
export async function copyRows(
  on: Store,
  of: { readonly table: string; readonly where: string; readonly into: string },
): Promise<void> {
  const stored = `${on.catalogue}.main.${of.table}`;
  await findPlaces(on, stored, of.where);
  await on.writer.run(
    `create or replace temp table ${of.into} as select rowid as _place, * from ${stored} where ${isPlace}`,
  );
}

const isPlace = 'rowid in (select place from temp.places)';

async function findPlaces({ writer }: Store, stored: string, where: string): Promise<number> {
  const counted = await writer.runAndReadAll(
    `create or replace temp table places as select rowid as place from ${stored} as rows where ${where}`,
  );
  return Number(counted.getRows()[0]?.[0]);
}

/** Rows of which two selects with the same columns do not have the same number, each once; `_sign` says in which there are more. */
export function differingRows(before: string, after: string): string {
  return (
    `select * exclude (_count), sum(_count)::integer as _sign from (select *, 1 as _count from (${after}) ` +
    `union all by name select *, -1 as _count from (${before})) group by all having sum(_count) <> 0`
  );
}
