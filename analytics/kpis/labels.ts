import type { Queryable, Row } from '../table.ts';
import type { KpiDimension } from './kpi.ts';

/** Names of companies and vendors by key; parts of other dimensions are their own names. */
export async function labelsOf(
  warehouse: Queryable,
  dimension: KpiDimension,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (keys.length === 0 || (dimension !== 'company' && dimension !== 'vendor')) return new Map();
  const named: Row[] = await warehouse.rows(
    `select ${dimension}_key::VARCHAR as part, name from ${dimension}
    where list_contains($keys::UUID[], ${dimension}_key)`,
    { keys },
  );
  return new Map(named.map((row) => [String(row['part']), String(row['name'])]));
}
