/** Exact sum of decimal texts with at most four places; unknown ones are left out. */
export function sumOfDecimals(texts: readonly (string | null)[]): string {
  const sum = texts.reduce(
    (total, text) => total + (text === null ? 0n : tenThousandths(text)),
    0n,
  );
  const digits = (sum < 0n ? -sum : sum).toString().padStart(5, '0');
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** Whole number of ten-thousandths in a decimal text. */
export function tenThousandths(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, '0').slice(0, 4));
  return text.startsWith('-') ? -value : value;
}
