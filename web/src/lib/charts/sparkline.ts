export interface SparklineDrawing {
  readonly line: string;
  /** From the last complete value to the one still running. */
  readonly running: string | null;
  readonly end: { readonly x: number; readonly y: number };
}

/** Values in time order to paths; unknown values leave a gap. Null below two known values. */
export function sparkline(
  values: readonly (number | null)[],
  size: { readonly width: number; readonly height: number; readonly isRunning: boolean },
): SparklineDrawing | null {
  const known = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const last = known.at(-1);
  const beforeLast = known.at(-2);
  if (!last || !beforeLast) return null;
  const low = Math.min(...known.map((point) => point.value));
  const high = Math.max(...known.map((point) => point.value));
  const x = (index: number): number =>
    round(2 + (index * (size.width - 6)) / Math.max(1, values.length - 1));
  const y = (value: number): number =>
    round(3 + (size.height - 6) * (high === low ? 0.5 : 1 - (value - low) / (high - low)));

  const isRunning = size.isRunning && last.index === values.length - 1;
  let line = '';
  let previous = -2;
  for (const { value, index } of isRunning ? known.slice(0, -1) : known) {
    line += `${previous === index - 1 ? 'L' : 'M'}${x(index)} ${y(value)}`;
    previous = index;
  }
  return {
    line,
    running: isRunning
      ? `M${x(beforeLast.index)} ${y(beforeLast.value)}L${x(last.index)} ${y(last.value)}`
      : null,
    end: { x: x(last.index), y: y(last.value) },
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
