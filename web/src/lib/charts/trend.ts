import { niceTicks, percentOf } from './scale.ts';

export interface TrendInput {
  readonly lines: readonly { readonly id: string; readonly values: readonly (number | null)[] }[];
  /** Places from here on are not final and lie under hatching. */
  readonly unfinishedFrom: number;
  /** A dashed line across. */
  readonly target?: number;
}

export interface TrendDrawing {
  readonly ticks: readonly { readonly value: number; readonly y: number }[];
  /** Paths in a box of 100 by 100, y downwards. */
  readonly lines: readonly {
    readonly id: string;
    readonly path: string;
    readonly end: { readonly x: number; readonly y: number; readonly value: number } | null;
  }[];
  readonly hatch: { readonly x: number; readonly width: number } | null;
  readonly targetY: number | null;
  readonly x: (index: number) => number;
}

/** Lines over equal steps of time to paths, from zero; unknown values leave a gap. */
export function trend(input: TrendInput): TrendDrawing {
  const count = Math.max(...input.lines.map((line) => line.values.length), 1);
  const known = input.lines.flatMap((line) => line.values.filter((value) => value !== null));
  const ticks = niceTicks(Math.max(0, input.target ?? 0, ...known));
  const top = ticks.at(-1) ?? 1;
  const x = (index: number): number =>
    count === 1 ? 50 : Math.round((index / (count - 1)) * 1e4) / 100;
  const y = (value: number): number => Math.round((100 - percentOf(value, top)) * 100) / 100;
  const start = Math.max(0, input.unfinishedFrom - 0.5);
  const hatchX = x(Math.min(start, count - 1));
  return {
    ticks: ticks.map((value) => ({ value, y: y(value) })),
    lines: input.lines.map((line) => ({
      id: line.id,
      path: path(line.values, x, y),
      end: lastKnown(line.values, x, y),
    })),
    hatch: input.unfinishedFrom < count ? { x: hatchX, width: 100 - hatchX } : null,
    targetY: input.target === undefined ? null : y(input.target),
    x,
  };
}

function path(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let drawn = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const isStart = index === 0 || values[index - 1] === null;
    const isAlone = isStart && (values[index + 1] ?? null) === null;
    // A line of no length with round ends is a dot: a value between two gaps must be seen.
    drawn += `${isStart ? 'M' : 'L'}${x(index)} ${y(value)}${isAlone ? 'h0' : ''}`;
  });
  return drawn;
}

function lastKnown(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): { x: number; y: number; value: number } | null {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index];
    if (value !== null && value !== undefined) return { x: x(index), y: y(value), value };
  }
  return null;
}
