import { createHash } from 'node:crypto';

/**
 * A key as a number of 52 bits that keeps the order of keys; NaN for none.
 *
 * Definition  Its first 13 hexadecimal digits. Among a million keys two are equal with a chance of 1 in 9,000.
 */
export function keyCode(key: string | null): number {
  return key === null
    ? Number.NaN
    : Number.parseInt(key.slice(0, 8) + key.slice(9, 13) + key[14], 16);
}

/** A text as a number of 52 bits, NaN for none: the first 13 hexadecimal digits of its MD5. */
export function textCode(text: string | null): number {
  return text === null ? Number.NaN : Number.parseInt(md5(text).slice(0, 13), 16);
}

/** The stable key of a record, as `recordKeySql` makes it. */
export function recordKey(source: string, record: string, id: string): string {
  return md5([source, record, id].join('\u001f')).replace(
    /(.{8})(.{4})(.{4})(.{4})(.{12})/,
    '$1-$2-$3-$4-$5',
  );
}

/** The same two as SQL: `@key(column)` and `@code(column)` in a text. */
export function withCodes(sql: string): string {
  return sql
    .replace(/@key\(([^)]+)\)/g, "('0x' || left(replace($1::varchar, '-', ''), 13))::bigint")
    .replace(/@code\(([^)]+)\)/g, "('0x' || left(md5($1), 13))::bigint");
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
