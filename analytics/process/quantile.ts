/**
 * A quantile that interpolates between neighbours (R type 7), of any list of numbers.
 *
 * Errors   null when the list is empty
 * Example  quantileOf([4, 1, 2, 3], 0.5) → 2.5
 */
export function quantileOf(values: ArrayLike<number>, share: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? 0;
  return low + (high - low) * (place - Math.floor(place));
}
