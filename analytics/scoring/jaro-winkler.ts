const prefixWeight = 0.1;
const longestPrefix = 4;
const boostFrom = 0.7;

/**
 * Jaro-Winkler similarity of two texts, byte by byte, as DuckDB's jaro_winkler_similarity.
 *
 * Units    0 (nothing in common) to 1 (equal)
 * Source   Winkler, String Comparator Metrics (1990); rapidfuzz, which DuckDB uses
 * Example  jaroWinkler('martha', 'marhta') = 0.961
 */
export function jaroWinkler(left: string, right: string): number {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  const similarity = jaro(a, b);
  if (similarity <= boostFrom) return similarity;
  let prefix = 0;
  const most = Math.min(longestPrefix, a.length, b.length);
  while (prefix < most && a[prefix] === b[prefix]) prefix += 1;
  return similarity + prefix * prefixWeight * (1 - similarity);
}

function jaro(a: Buffer, b: Buffer): number {
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Uint8Array(b.length);
  const matchedA: number[] = [];
  for (const [place, byte] of a.entries()) {
    const last = Math.min(b.length - 1, place + reach);
    for (let other = Math.max(0, place - reach); other <= last; other += 1) {
      if (taken[other] === 1 || b[other] !== byte) continue;
      taken[other] = 1;
      matchedA.push(byte);
      break;
    }
  }
  const matches = matchedA.length;
  if (matches === 0) return 0;
  const matchedB = [...b].filter((_, place) => taken[place] === 1);
  const swapped = matchedA.filter((byte, place) => byte !== matchedB[place]).length;
  const transposed = Math.floor(swapped / 2);
  return (matches / a.length + matches / b.length + (matches - transposed) / matches) / 3;
}
