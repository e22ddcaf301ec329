import type { DuckDBResult } from '@duckdb/node-api';
import {
  Bool,
  DateDay,
  Decimal,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Field,
  Struct,
  TimestampMicrosecond,
  Utf8,
  type Data,
  type DataType,
} from 'apache-arrow';
import {
  DuckDBBigIntVector,
  DuckDBBooleanVector,
  DuckDBDateVector,
  DuckDBDecimal128Vector,
  DuckDBDecimal64Vector,
  DuckDBDoubleVector,
  DuckDBTimestampVector,
  DuckDBTypeId,
  type DuckDBType,
  type DuckDBVector,
} from '@duckdb/node-api';
import { toValue } from './values.ts';

/**
 * A result as an Arrow IPC stream.
 *
 * Definition  BIGINT Int64, DOUBLE Float64, DECIMAL(p,s) Decimal128, DATE Date32, TIMESTAMP
 *             microseconds in UTC, BOOLEAN Bool; everything else as UTF-8 text (lists and structs as JSON).
 * Shape       one record batch per DuckDB chunk; `metadata` is that of the schema
 */
export async function toArrow(
  result: DuckDBResult,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const types = result.columnTypes();
  const fields = result
    .deduplicatedColumnNames()
    .map((name, index) => new Field(name, arrowType(types[index]), true));
  const schema = new Schema(fields, new Map(Object.entries(metadata)));
  const struct = new Struct(fields);
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const children = fields.map((field, index) =>
      columnData(field.type, chunk.getColumnVector(index), types[index]),
    );
    writer.write(
      new RecordBatch(
        schema,
        makeData({ type: struct, length: chunk.rowCount, nullCount: 0, children }),
      ),
    );
  }
  writer.finish();
  return writer.toUint8Array();
}

function arrowType(type: DuckDBType | undefined): DataType {
  switch (type?.typeId) {
    case DuckDBTypeId.BIGINT:
      return new Int64();
    case DuckDBTypeId.DOUBLE:
      return new Float64();
    case DuckDBTypeId.DECIMAL:
      return new Decimal(type.scale, type.width, 128);
    case DuckDBTypeId.DATE:
      return new DateDay();
    case DuckDBTypeId.TIMESTAMP:
      return new TimestampMicrosecond('UTC');
    case DuckDBTypeId.BOOLEAN:
      return new Bool();
    default:
      return new Utf8();
  }
}

function columnData(type: DataType, vector: DuckDBVector, from: DuckDBType | undefined): Data {
  const length = vector.itemCount;
  const validity = validityOf(vector);
  if (vector instanceof DuckDBBigIntVector && type instanceof Int64) {
    const data = new BigInt64Array(length);
    for (let row = 0; row < length; row += 1) data[row] = vector.getItem(row) ?? 0n;
    return makeData({ type, length, ...validity, data });
  }
  if (vector instanceof DuckDBDoubleVector && type instanceof Float64) {
    const data = new Float64Array(length);
    for (let row = 0; row < length; row += 1) data[row] = vector.getItem(row) ?? 0;
    return makeData({ type, length, ...validity, data });
  }
  if (type instanceof Decimal) return decimalData(type, vector, validity);
  if (vector instanceof DuckDBDateVector && type instanceof DateDay) {
    const data = new Int32Array(length);
    for (let row = 0; row < length; row += 1) data[row] = vector.getItem(row)?.days ?? 0;
    return makeData({ type, length, ...validity, data });
  }
  if (vector instanceof DuckDBTimestampVector && type instanceof TimestampMicrosecond) {
    const data = new BigInt64Array(length);
    for (let row = 0; row < length; row += 1) data[row] = vector.getItem(row)?.micros ?? 0n;
    return makeData({ type, length, ...validity, data });
  }
  if (vector instanceof DuckDBBooleanVector && type instanceof Bool) {
    const data = new Uint8Array((length + 7) >> 3);
    for (let row = 0; row < length; row += 1)
      if (vector.getItem(row) === true) data[row >> 3] = (data[row >> 3] ?? 0) | (1 << (row & 7));
    return makeData({ type, length, ...validity, data });
  }
  return textData(vector, from, validity);
}

function decimalData(type: Decimal, vector: DuckDBVector, validity: Validity): Data {
  const length = vector.itemCount;
  const words = new BigInt64Array(length * 2);
  for (let row = 0; row < length; row += 1) {
    const scaled =
      vector instanceof DuckDBDecimal64Vector || vector instanceof DuckDBDecimal128Vector
        ? (vector.getScaledValue(row) ?? 0n)
        : scaledOf(vector, row);
    words[row * 2] = BigInt.asIntN(64, scaled);
    words[row * 2 + 1] = BigInt.asIntN(64, scaled >> 64n);
  }
  return makeData({ type, length, ...validity, data: new Uint32Array(words.buffer) });
}

function scaledOf(vector: DuckDBVector, row: number): bigint {
  const item: unknown = vector.getItem(row);
  if (item === null || typeof item !== 'object' || !('value' in item)) return 0n;
  return BigInt(item.value as bigint | number);
}

function textData(vector: DuckDBVector, from: DuckDBType | undefined, validity: Validity): Data {
  const length = vector.itemCount;
  const texts: string[] = [];
  const valueOffsets = new Int32Array(length + 1);
  let bytes = 0;
  for (let row = 0; row < length; row += 1) {
    const text = textOf(vector, row, from);
    bytes += Buffer.byteLength(text);
    valueOffsets[row + 1] = bytes;
    texts.push(text);
  }
  const data = new Uint8Array(Buffer.from(texts.join(''), 'utf8'));
  return makeData({ type: new Utf8(), length, ...validity, valueOffsets, data });
}

function textOf(vector: DuckDBVector, row: number, from: DuckDBType | undefined): string {
  const item = vector.getItem(row);
  if (item === null || item === undefined || !from) return '';
  if (typeof item === 'string') return item;
  const value = toValue(item, from);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Validity {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | undefined;
}

function validityOf(vector: DuckDBVector): Validity {
  const length = vector.itemCount;
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  for (let row = 0; row < length; row += 1)
    if (vector.getItem(row) === null) nullCount += 1;
    else nullBitmap[row >> 3] = (nullBitmap[row >> 3] ?? 0) | (1 << (row & 7));
  return nullCount === 0 ? { nullCount, nullBitmap: undefined } : { nullCount, nullBitmap };
}
