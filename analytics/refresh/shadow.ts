import type { DuckDBConnection } from '@duckdb/node-api';

/** Up to so many rows a shadow is a copy; above, a view, which reads only the columns asked for. */
const copiedRows = 50_000;

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
export async function shadow(
  on: { readonly writer: DuckDBConnection; readonly catalogue: string },
  table: string,
  where: string,
): Promise<Shadow> {
  const rows = `from ${on.catalogue}.main.${table} as rows where ${where}`;
  const counted = await on.writer.runAndReadAll(`select count(*) ${rows}`);
  const kind = Number(counted.getRows()[0]?.[0]) <= copiedRows ? 'table' : 'view';
  await on.writer.run(`create temp ${kind} ${table} as select * ${rows}`);
  return { table, kind };
}

/** Lets the stored tables be seen again. */
export async function dropShadows(
  { writer }: { readonly writer: DuckDBConnection },
  shadows: readonly Shadow[],
): Promise<void> {
  for (const { table, kind } of shadows) await writer.run(`drop ${kind} temp.${table}`);
}
