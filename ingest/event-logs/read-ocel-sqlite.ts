import { DatabaseSync } from 'node:sqlite';
import type { EventColumns } from './event-columns.ts';
import { flattenObjects, type ObjectEvent } from './flatten.ts';
import type { LogMapping } from './log-mapping.ts';

/** Tables that every OCEL 2.0 database has. */
const expectedTables = ['event', 'object', 'event_object', 'event_map_type'];

/**
 * Reads an OCEL 2.0 database (SQLite), opened for reading only, flattened by one type of object.
 *
 * Errors  throws for a database without the tables of OCEL 2.0, for a damaged one, and as `flattenObjects`
 * Source  Berti et al., "OCEL 2.0 Specification" (2023), section 5
 */
export function readOcelSqlite(path: string, mapping: LogMapping): EventColumns {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const texts = (sql: string): string[][] =>
      database
        .prepare(sql)
        .all()
        .map((row) => Object.values(row).map((cell) => (cell === null ? '' : String(cell))));
    const tables = texts("select name from sqlite_master where type in ('table', 'view')").flat();
    const absent = expectedTables.filter((table) => !tables.includes(table));
    if (absent.length > 0)
      throw new Error(
        `expected a database of OCEL 2.0, but it has no table ${absent.join(', ')} (found: ${tables.slice(0, 20).join(', ') || 'none'}); export the log as OCEL 2.0`,
      );
    const types = new Map<string, string>();
    const objectTypes = new Map<string, number>();
    for (const [object = '', type = ''] of texts('select ocel_id, ocel_type from object')) {
      types.set(object, type);
      objectTypes.set(type, (objectTypes.get(type) ?? 0) + 1);
    }
    const objects = new Map<string, string[]>();
    for (const [event = '', object = ''] of texts(
      'select ocel_event_id, ocel_object_id from event_object order by rowid',
    )) {
      const touched = objects.get(event);
      if (touched === undefined) objects.set(event, [object]);
      else touched.push(object);
    }
    const times = new Map<string, string>();
    for (const [suffix = ''] of texts('select distinct ocel_type_map from event_map_type'))
      for (const [event = '', time = ''] of texts(
        `select ocel_id, ocel_time from "${`event_${suffix}`.replaceAll('"', '""')}"`,
      ))
        times.set(event, time);
    const events = texts('select ocel_id, ocel_type from event order by rowid').map(
      ([event = '', type = '']): ObjectEvent => ({
        activity: type,
        time: times.get(event) ?? null,
        objects: objects.get(event) ?? [],
      }),
    );
    return flattenObjects({ objectTypes, typeOf: (object) => types.get(object), events }, mapping);
  } finally {
    database.close();
  }
}
