/** Letters and digits of an invoice number, upper case, without leading zeros, as macro normal_number; null of nothing. */
export function normalNumber(text: string | null): string | null {
  const normal = upper(text ?? '')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/^0+/, '');
  return normal === '' ? null : normal;
}

/** Letter by letter, as DuckDB does: one letter stays one. */
function upper(text: string): string {
  return Array.from(text, (letter) => {
    if (letter === 'ß') return 'ẞ';
    const capital = letter.toUpperCase();
    return Array.from(capital).length === 1 ? capital : letter;
  }).join('');
}
