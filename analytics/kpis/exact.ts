const digitsKept = 4;

/**
 * Exact sum of decimal texts with up to four decimals; null when none of them is known.
 *
 * Example  sum(['1.5000', null, '-0.2000']) → '1.3000'
 */
export function sum(texts: readonly (string | null)[]): string | null {
  const known = texts.filter((text) => text !== null);
  return known.length === 0 ? null : written(known.reduce((all, text) => all + read(text), 0n));
}

/** Exact difference of two decimal texts; what is not known counts as nothing, null when neither is. */
export function difference(one: string | null, other: string | null): string | null {
  if (one === null && other === null) return null;
  return written(read(one ?? '0') - read(other ?? '0'));
}

function read(text: string): bigint {
  const [whole = '', decimals = ''] = text.split('.');
  return BigInt(whole + decimals.padEnd(digitsKept, '0').slice(0, digitsKept));
}

function written(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(digitsKept + 1, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -digitsKept)}.${digits.slice(-digitsKept)}`;
}
