/** Where a value and its usual range stand on a line, in percent from the left. */
export interface RangePlaces {
  readonly actual: number;
  readonly usual_from: number;
  readonly usual_to: number;
}

const margin = 6;
/** From this ratio on between largest and smallest the line is logarithmic. */
const logarithmicFrom = 12;

/**
 * Places what was seen beside what is usual. A range open at one end reaches the end of the line.
 * Null when there is nothing to compare.
 */
export function rangePlaces(range: {
  readonly actual: number | null;
  readonly usual_low: number | null;
  readonly usual_high: number | null;
}): RangePlaces | null {
  const { actual, usual_low, usual_high } = range;
  if (actual === null || (usual_low === null && usual_high === null)) return null;
  const known = [actual, usual_low, usual_high].filter((value) => value !== null);
  const least = Math.min(...known);
  const most = Math.max(...known);
  const isLogarithmic = least > 0 && most / least > logarithmicFrom;
  const scaled = (value: number): number => (isLogarithmic ? Math.log(value) : value);
  const span = scaled(most) - scaled(least);
  const place = (value: number): number =>
    span === 0 ? 50 : margin + ((100 - 2 * margin) * (scaled(value) - scaled(least))) / span;
  return {
    actual: place(actual),
    usual_from: usual_low === null ? 0 : place(usual_low),
    usual_to: usual_high === null ? 100 : place(usual_high),
  };
}
