/** A labelled window of a series, as positions of its values, both included. */
export interface LabelledWindow {
  readonly first: number;
  readonly last: number;
}

const weights = { found: 1, missed: 1, false_alarm: 0.11 } as const;

/**
 * Score of detections in one series by the rule of the Numenta Anomaly Benchmark, standard profile.
 *
 * Definition  Of each window the earliest detection gives σ(y), y from -1 at its start to 0 at its end,
 *             against σ(-1); a missed window costs 1. A detection outside costs 0.11 × |σ(y)| with y its distance
 *             after the last window in lengths of that window, 0.11 before any. σ(y) = 2 / (1 + e^5y) − 1.
 *             The first 15 % of a series, at most 750 values, are for learning and never count.
 * Source      A. Lavin, S. Ahmad, Evaluating real-time anomaly detection algorithms, ICMLA (2015)
 */
export function nabScore(
  detections: readonly number[],
  windows: readonly LabelledWindow[],
  length: number,
): number {
  const learning = Math.floor(Math.min(0.15 * length, 750));
  const judged = detections.filter((place) => place >= learning);
  const within = (place: number) =>
    windows.find(({ first, last }) => place >= first && place <= last);
  const outside = judged
    .filter((place) => within(place) === undefined)
    .reduce((sum, place) => sum + weights.false_alarm * falseAlarm(place, windows), 0);
  return windows.reduce((sum, window) => {
    const earliest = judged.find((place) => within(place) === window);
    if (earliest === undefined) return sum - weights.missed;
    const y = (earliest - window.last - 1) / (window.last - window.first + 1);
    return sum + (weights.found * sigmoid(y)) / sigmoid(-1);
  }, outside);
}

/** 0 for finding nothing, 100 for every window at its first value and no false alarm. */
export function normalScore(score: number, windows: number): number {
  const nothing = -weights.missed * windows;
  return (100 * (score - nothing)) / (weights.found * windows - nothing);
}

function falseAlarm(place: number, windows: readonly LabelledWindow[]): number {
  const before = windows.filter(({ last }) => last < place).at(-1);
  if (before === undefined) return -1;
  const y = (place - before.last) / (before.last - before.first);
  return y > 3 ? -1 : sigmoid(y);
}

const sigmoid = (y: number): number => 2 / (1 + Math.exp(5 * y)) - 1;
