/** A zero-based axis with about four round steps that reaches the greatest value. */
export function niceTicks(greatest: number, steps = 4): readonly number[] {
  if (!(greatest > 0)) return [0, 1];
  const rough = greatest / steps;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 3, 4, 5, 6, 8, 10]
    .map((factor) => factor * magnitude)
    .find((size) => size >= rough);
  const size = step ?? 10 * magnitude;
  const count = Math.max(1, Math.ceil(greatest / size - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => Number((index * size).toPrecision(12)));
}

/** Place of a value between 0 and the last tick, in percent from the bottom. */
export const percentOf = (value: number, greatest: number): number =>
  Math.round((value / greatest) * 1e4) / 100;

/** Every n-th place such that at most `maximum` labels are shown, counted from the last. */
export function labelEvery(count: number, maximum: number): (index: number) => boolean {
  const every = Math.max(1, Math.ceil(count / maximum));
  return (index) => (count - 1 - index) % every === 0;
}
