/** Rows and how many of them are positive, per distinct score from the highest down. */
function stepsOf(scores: Float64Array, isPositive: Uint8Array): { rows: number; hits: number }[] {
  const order = Uint32Array.from(scores.keys()).sort(
    (left, right) => (scores[right] ?? 0) - (scores[left] ?? 0),
  );
  const steps: { rows: number; hits: number }[] = [];
  let previous = Number.NaN;
  for (const row of order) {
    const score = scores[row] ?? 0;
    let step = steps.at(-1);
    if (step === undefined || score !== previous) {
      step = { rows: 0, hits: 0 };
      steps.push(step);
      previous = score;
    }
    step.rows += 1;
    step.hits += isPositive[row] === 1 ? 1 : 0;
  }
  return steps;
}

/**
 * Area under the receiver operating characteristic: how often a positive scores above a negative.
 *
 * Definition  equal scores count one half
 * Errors      null when there are no positives or no negatives: nothing to compare
 * Source      scikit-learn roc_auc_score
 */
export function rocAuc(scores: Float64Array, isPositive: Uint8Array): number | null {
  let positivesAbove = 0;
  let negatives = 0;
  let won = 0;
  for (const { rows, hits } of stepsOf(scores, isPositive)) {
    const misses = rows - hits;
    won += misses * (positivesAbove + hits / 2);
    positivesAbove += hits;
    negatives += misses;
  }
  return positivesAbove === 0 || negatives === 0 ? null : won / (positivesAbove * negatives);
}

/**
 * Average precision: the mean of the precision at each positive.
 *
 * Definition  sum over distinct scores of (gain of recall) * precision at that score, without
 *             interpolation; equal scores are one step
 * Errors      null when there are no positives
 * Source      scikit-learn average_precision_score
 */
export function averagePrecision(scores: Float64Array, isPositive: Uint8Array): number | null {
  let rows = 0;
  let hits = 0;
  let sum = 0;
  for (const step of stepsOf(scores, isPositive)) {
    rows += step.rows;
    hits += step.hits;
    sum += (step.hits * hits) / rows;
  }
  return hits === 0 ? null : sum / hits;
}

/**
 * Share of all positives among the `budget` highest scores; equal scores at the edge count by their share.
 *
 * Errors  null when there are no positives
 */
export function recallAt(
  budget: number,
  scores: Float64Array,
  isPositive: Uint8Array,
): number | null {
  let left = budget;
  let found = 0;
  let positives = 0;
  for (const { rows, hits } of stepsOf(scores, isPositive)) {
    positives += hits;
    if (left > 0) found += hits * Math.min(1, left / rows);
    left -= rows;
  }
  return positives === 0 ? null : found / positives;
}
