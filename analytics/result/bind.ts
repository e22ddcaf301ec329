import { LIST, listValue, VARCHAR, type DuckDBPreparedStatement } from '@duckdb/node-api';
import type { Parameter } from '../table.ts';

/**
 * Binds the parameters a statement names; values it does not name are left aside.
 *
 * Errors  a parameter without a value is named.
 */
export function bind(
  prepared: DuckDBPreparedStatement,
  values: Readonly<Record<string, Parameter>>,
): void {
  for (let index = 1; index <= prepared.parameterCount; index += 1) {
    const name = prepared.parameterName(index);
    const value = values[name];
    if (value === undefined)
      throw new Error(
        `the statement names $${name}, but no such value was given (given: ${Object.keys(values).join(', ') || 'none'})`,
      );
    bindValue(prepared, index, value);
  }
}

function bindValue(prepared: DuckDBPreparedStatement, index: number, value: Parameter): void {
  if (value === null) prepared.bindNull(index);
  else if (typeof value === 'string') prepared.bindVarchar(index, value);
  else if (typeof value === 'boolean') prepared.bindBoolean(index, value);
  else if (typeof value === 'bigint') prepared.bindBigInt(index, value);
  else if (typeof value === 'number')
    if (Number.isSafeInteger(value)) prepared.bindBigInt(index, BigInt(value));
    else prepared.bindDouble(index, value);
  else prepared.bindList(index, listValue([...value]), LIST(VARCHAR));
}
