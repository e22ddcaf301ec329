import type { Queryable } from '#analytics/table.ts';

/** Names of employees and vendors by key, for the keys found in reasons and events. */
export async function namesOf(
  warehouse: Queryable,
  keys: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const asked = [...new Set(keys.filter((key) => key !== null))];
  if (asked.length === 0) return new Map();
  const rows = await warehouse.rows(
    `select employee_key::varchar as key, name from employee
     where employee_key::varchar in (select unnest($keys))
     union all
     select vendor_key::varchar, name from vendor where vendor_key::varchar in (select unnest($keys))`,
    { keys: asked },
  );
  return new Map(rows.map((row) => [String(row['key']), String(row['name'])]));
}
