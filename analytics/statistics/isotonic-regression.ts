/** A rising step function from scores to probabilities, learned from outcomes. */
export interface Calibration {
  /** Scores where a step is, ascending. */
  readonly scores: readonly number[];
  /** Probability at each of them, never falling. */
  readonly probabilities: readonly number[];
}

/**
 * Isotonic regression: the rising function that fits outcomes best by squared error.
 *
 * Definition  Pool adjacent violators; equal scores are pooled first. Between two steps the
 *             probability is interpolated, beyond the ends it stays (`calibrated`).
 * Shape       outcomes 0..1 (1 = worth stopping), weights above 0; one or more of each
 * Errors      throws when the arrays are empty or differ in length
 * Source      R. Barlow et al., Statistical Inference under Order Restrictions (1972); scikit-learn
 *             IsotonicRegression
 * Example     isotonicRegression([1, 2, 3], [0, 1, 0]).probabilities → [0, 0.5, 0.5]
 */
export function isotonicRegression(
  scores: readonly number[],
  outcomes: readonly number[],
  weights: readonly number[] = scores.map(() => 1),
): Calibration {
  if (scores.length === 0 || scores.length !== outcomes.length || scores.length !== weights.length)
    throw new RangeError(
      `isotonicRegression: expected equally many scores, outcomes and weights, at least one; got ${scores.length}, ${outcomes.length}, ${weights.length}`,
    );
  const order = [...scores.keys()].sort(
    (left, right) => (scores[left] ?? 0) - (scores[right] ?? 0),
  );
  const distinct: { score: number; sum: number; weight: number }[] = [];
  for (const row of order) {
    const score = scores[row] ?? 0;
    const weight = weights[row] ?? 0;
    const last = distinct.at(-1);
    const sum = (outcomes[row] ?? 0) * weight;
    if (last?.score === score) {
      last.sum += sum;
      last.weight += weight;
    } else distinct.push({ score, sum, weight });
  }
  const blocks: { sum: number; weight: number; scores: number[] }[] = [];
  for (const { score, sum, weight } of distinct) {
    let block = { sum, weight, scores: [score] };
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (last.sum / last.weight < block.sum / block.weight) break;
      blocks.pop();
      block = {
        sum: last.sum + block.sum,
        weight: last.weight + block.weight,
        scores: [...last.scores, ...block.scores],
      };
    }
    blocks.push(block);
  }
  const steps = blocks.flatMap((block) =>
    block.scores.map((score) => ({ score, probability: block.sum / block.weight })),
  );
  return {
    scores: steps.map(({ score }) => score),
    probabilities: steps.map(({ probability }) => probability),
  };
}

/** Probability of a score by a calibration. */
export function calibrated({ scores, probabilities }: Calibration, score: number): number {
  let high = scores.findIndex((step) => step >= score);
  if (high === -1) high = scores.length - 1;
  const above = scores[high] ?? 0;
  const low = above <= score || high === 0 ? high : high - 1;
  const below = scores[low] ?? 0;
  const from = probabilities[low] ?? 0;
  const to = probabilities[high] ?? 0;
  return above > below ? from + ((to - from) * (score - below)) / (above - below) : to;
}
