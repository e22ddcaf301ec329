/** Quantile of sorted numbers, linear between neighbours as DuckDB's quantile_cont; NaN of none. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** Student's t with 4 degrees of freedom: its distribution function. */
export function studentT4(z: number): number {
  const spread = 1 + (z * z) / 4;
  return 0.5 + ((0.375 * z) / Math.sqrt(spread)) * (1 - (z * z) / (12 * spread));
}
