import {
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTypeId,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Value } from '../table.ts';

/**
 * A DuckDB value as TypeScript sees it.
 *
 * Definition  DECIMAL, HUGEINT, UUID, DATE as text; BIGINT as number when it is exact, else text;
 *             TIMESTAMP as ISO text in UTC; JSON parsed; lists and structs part by part.
 */
export function toValue(value: DuckDBValue, type: DuckDBType): Value {
  if (value === null) return null;
  if (typeof value === 'bigint') {
    const exact = type.typeId !== DuckDBTypeId.HUGEINT && Number.isSafeInteger(Number(value));
    return exact ? Number(value) : value.toString();
  }
  if (typeof value === 'string')
    return type.alias === 'JSON' ? (JSON.parse(value) as Value) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof DuckDBListValue) {
    const item = type.typeId === DuckDBTypeId.LIST ? type.valueType : type;
    return value.items.map((one) => toValue(one, item));
  }
  if (value instanceof DuckDBStructValue) {
    const types = type.typeId === DuckDBTypeId.STRUCT ? type : null;
    return Object.fromEntries(
      Object.entries(value.entries).map(([name, one], index) => [
        name,
        toValue(one, types?.entryTypes[index] ?? type),
      ]),
    );
  }
  const written = String(value);
  return type.typeId === DuckDBTypeId.TIMESTAMP ? isoTimestamp(written) : written;
}

/** '2026-01-31 17:00:00.25' as '2026-01-31T17:00:00.250Z'. */
function isoTimestamp(written: string): string {
  const [day = '', time = '00:00:00'] = written.split(' ');
  const [clock = '', fraction = ''] = time.split('.');
  return `${day}T${clock}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}
