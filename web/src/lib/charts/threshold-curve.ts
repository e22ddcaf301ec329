import type { CurvePoint } from '#analytics/score-curve.ts';
import { niceTicks, percentOf } from './scale.ts';

/** Paths in a box of 100 by 100, y downwards: precision on the left axis, flags a day on the right. */
export interface ThresholdDrawing {
  readonly precision: string;
  readonly band: string;
  readonly perDay: string;
  readonly dayTicks: readonly { readonly value: number; readonly y: number }[];
}

/** How precision, its interval and flags a day run over the thresholds; without verdicts there is no precision. */
export function thresholdCurve(curve: readonly CurvePoint[]): ThresholdDrawing {
  const ticks = niceTicks(Math.max(0, ...curve.map((point) => point.findings_per_day)));
  const top = ticks.at(-1) ?? 1;
  const place = (x: number, y: number): string => `${round(x * 100)} ${round(100 - y)}`;
  const known = curve.flatMap(({ score_from, precision }) =>
    precision === null ? [] : [{ x: score_from, ...precision }],
  );
  const line = (points: readonly string[]): string =>
    points.map((point, index) => `${index === 0 ? 'M' : 'L'}${point}`).join('');
  return {
    precision: line(known.map(({ x, value }) => place(x, value * 100))),
    band:
      known.length === 0
        ? ''
        : `${line([
            ...known.map(({ x, high }) => place(x, high * 100)),
            ...known.toReversed().map(({ x, low }) => place(x, low * 100)),
          ])}Z`,
    perDay: line(
      curve.map(({ score_from, findings_per_day }) =>
        place(score_from, percentOf(findings_per_day, top)),
      ),
    ),
    dayTicks: ticks.map((value) => ({ value, y: round(100 - percentOf(value, top)) })),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
