/** A record as the server gives it: field to value, related records under `field.`. */
export type WireRecord = Readonly<Record<string, unknown>>;

/** A time as the server takes it, UTC. */
export function wireTime(iso: string): object {
  const time = new Date(iso);
  return {
    __class__: 'datetime',
    year: time.getUTCFullYear(),
    month: time.getUTCMonth() + 1,
    day: time.getUTCDate(),
    hour: time.getUTCHours(),
    minute: time.getUTCMinutes(),
    second: time.getUTCSeconds(),
    microsecond: time.getUTCMilliseconds() * 1_000,
  };
}

/**
 * A record as columns of text. Related records become `field.name`; of a reference `model,7` the
 * number is also given as `field.id`, of a list its first number as `field.first`.
 *
 * Example  flatRecord({ amount: { __class__: 'Decimal', decimal: '1.50' }, 'party.': { id: 7 } })
 *          is Map { amount → '1.50', 'party.id' → '7' }
 */
export function flatRecord(record: WireRecord, prefix = ''): Map<string, string | null> {
  const flat = new Map<string, string | null>();
  for (const [name, value] of Object.entries(record)) {
    if (name.endsWith('.')) {
      const related = isRecord(value) ? flatRecord(value, `${prefix}${name}`) : [];
      for (const [inner, text] of related) flat.set(inner, text);
      continue;
    }
    const column = `${prefix}${name}`;
    flat.set(column, wireText(value));
    if (Array.isArray(value)) flat.set(`${column}.first`, wireText(value[0] ?? null));
    const reference = typeof value === 'string' ? /^[a-z_.]+,(\d+)$/u.exec(value) : null;
    if (reference) flat.set(`${column}.id`, reference[1] ?? null);
  }
  return flat;
}

/** A value as text: decimals and dates in ISO form, times in UTC with microseconds. */
export function wireText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!isRecord(value)) return JSON.stringify(value);
  const two = (part: unknown): string => String(part).padStart(2, '0');
  switch (value['__class__']) {
    case 'Decimal':
      return String(value['decimal']);
    case 'date':
      return `${String(value['year']).padStart(4, '0')}-${two(value['month'])}-${two(value['day'])}`;
    case 'datetime':
      return (
        `${String(value['year']).padStart(4, '0')}-${two(value['month'])}-${two(value['day'])}` +
        `T${two(value['hour'])}:${two(value['minute'])}:${two(value['second'])}` +
        `.${String(value['microsecond']).padStart(6, '0')}Z`
      );
    default:
      return JSON.stringify(value);
  }
}

/** The version number of a `_timestamp` (seconds since 1970 with microseconds): microseconds. */
export function versionOf(timestamp: string): number {
  const [seconds = '', fraction = ''] = timestamp.split('.');
  const version = Number(`${seconds}${fraction.slice(0, 6).padEnd(6, '0')}`);
  if (!Number.isSafeInteger(version) || version <= 0)
    throw new Error(`_timestamp "${timestamp}": expected seconds such as "1748006147.894646"`);
  return version;
}

/** The `_timestamp` of a version number. */
export function timestampOf(version: number): string {
  const digits = String(version).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
