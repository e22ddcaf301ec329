import {
  DuckDBBigIntVector,
  DuckDBDoubleVector,
  DuckDBTimestampVector,
  type DuckDBDataChunk,
  type DuckDBResult,
} from '@duckdb/node-api';
import type { Columns, Value } from '../table.ts';
import { toValue } from './values.ts';

/** Result chunks as columns: BIGINT, DOUBLE and TIMESTAMP (epoch milliseconds) as Float64Array with NaN for null. */
export async function toColumns(result: DuckDBResult): Promise<Columns> {
  const chunks = await result.fetchAllChunks();
  const rowCount = chunks.reduce((count, chunk) => count + chunk.rowCount, 0);
  const names = result.deduplicatedColumnNames();
  const column: Record<string, Float64Array | readonly Value[]> = {};
  for (const [index, name] of names.entries())
    column[name] = toColumn(chunks, index, { result, rowCount });
  return { rowCount, column };
}

function toColumn(
  chunks: readonly DuckDBDataChunk[],
  index: number,
  of: { result: DuckDBResult; rowCount: number },
): Float64Array | readonly Value[] {
  const type = of.result.columnType(index);
  const numbers = new Float64Array(of.rowCount);
  const values: Value[] = [];
  let offset = 0;
  let numeric = ['BIGINT', 'DOUBLE', 'TIMESTAMP'].includes(type.toString());
  for (const chunk of chunks) {
    const vector = chunk.getColumnVector(index);
    if (vector instanceof DuckDBDoubleVector)
      for (let row = 0; row < chunk.rowCount; row += 1)
        numbers[offset + row] = vector.getItem(row) ?? Number.NaN;
    else if (vector instanceof DuckDBBigIntVector)
      for (let row = 0; row < chunk.rowCount; row += 1) {
        const item = vector.getItem(row);
        numbers[offset + row] = item === null ? Number.NaN : Number(item);
      }
    else if (vector instanceof DuckDBTimestampVector)
      for (let row = 0; row < chunk.rowCount; row += 1) {
        const item = vector.getItem(row);
        numbers[offset + row] = item === null ? Number.NaN : Number(item.micros / 1000n);
      }
    else {
      numeric = false;
      for (let row = 0; row < chunk.rowCount; row += 1)
        values.push(toValue(vector.getItem(row), type));
    }
    offset += chunk.rowCount;
  }
  return numeric ? numbers : values;
}
