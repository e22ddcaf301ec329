import type { Json } from './audit.ts';
import type { Queries } from './database.ts';

/** A setting of the installation; null when it was never written. */
export async function readSetting<Value>(queries: Queries, name: string): Promise<Value | null> {
  const rows = await queries.query<{ value: Value }>('select value from setting where name = $1', [
    name,
  ]);
  return rows[0]?.value ?? null;
}

/** Writes a setting; the caller appends the audit row where a person changed it. */
export async function saveSetting(queries: Queries, name: string, value: Json): Promise<void> {
  await queries.query(
    `insert into setting (name, value) values ($1, $2::jsonb)
     on conflict (name) do update set value = excluded.value, changed_at = current_timestamp`,
    [name, JSON.stringify(value)],
  );
}
