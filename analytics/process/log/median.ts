/**
 * Median of `values[start .. end - 1]` in expected linear time; moves these values about.
 *
 * Definition  Interpolated between the two middle ones; NaN of none
 * Source      Hoare, "Algorithm 65: Find" (1961), pivot by the median of three
 * Example     medianOf(Float64Array.of(5, 1, 4, 2), 0, 4) gives 3
 */
export function medianOf(values: Float64Array, start: number, end: number): number {
  const n = end - start;
  if (n <= 0) return Number.NaN;
  const upperAt = start + (n >> 1);
  const upper = select(values, { start, end, at: upperAt });
  if (n % 2 === 1) return upper;
  let lower = -Infinity;
  for (let at = start; at < upperAt; at += 1) {
    const value = values[at] ?? 0;
    if (value > lower) lower = value;
  }
  return (lower + upper) / 2;
}

/** Puts the value that belongs to a position there, smaller ones before it. */
function select(values: Float64Array, range: { start: number; end: number; at: number }): number {
  let low = range.start;
  let high = range.end - 1;
  while (low < high) {
    const pivot = medianOfThree(
      values[low] ?? 0,
      values[(low + high) >> 1] ?? 0,
      values[high] ?? 0,
    );
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left += 1;
      while ((values[right] ?? 0) > pivot) right -= 1;
      if (left > right) break;
      const moved = values[left] ?? 0;
      values[left] = values[right] ?? 0;
      values[right] = moved;
      left += 1;
      right -= 1;
    }
    if (range.at <= right) high = right;
    else if (range.at >= left) low = left;
    else break;
  }
  return values[range.at] ?? Number.NaN;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
