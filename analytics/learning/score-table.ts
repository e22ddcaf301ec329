import { completeTable } from '../statistics/numeric-table.ts';
import { averagePrecision, rocAuc } from '../statistics/ranking.ts';
import type { TableOfNumbers } from './read-table.ts';
import type { Scorer } from './scorers.ts';

/** How well the scores part anomalies from the rest; null without labels of both kinds. */
export interface Quality {
  readonly roc_auc: number | null;
  readonly average_precision: number | null;
  /** Standard deviation of roc_auc over the random states; null for methods without chance. */
  readonly roc_auc_sd: number | null;
}

/** Scores of one table and what had to be decided about its values. */
export interface ScoredTable extends Quality {
  readonly scores: Float64Array;
  readonly missing: number;
  readonly infinite: number;
  readonly seconds: number;
}

/** What to score with. */
export interface Scoring {
  readonly scorer: Scorer;
  readonly seed: number;
  readonly neighbours?: number | undefined;
  /** Random states: seed, seed + 1, …; the scores are those of the first, the quality is the mean. */
  readonly repeats: number;
  /** Milliseconds, from anywhere: only differences count. */
  readonly clock: () => number;
}

/**
 * Scores a table with one method, transductively: learned from and applied to the same rows.
 *
 * Definition  Missing and infinite values as in `completeTable`. With labels, ROC-AUC and average
 *             precision; for a method with chance their mean over `repeats` random states.
 */
export async function scoreTable(table: TableOfNumbers, scoring: Scoring): Promise<ScoredTable> {
  const began = scoring.clock();
  const complete = completeTable(table.columns);
  const { scorer, seed, neighbours } = scoring;
  const states = scorer.isRandom && table.isPositive !== null ? scoring.repeats : 1;
  const runs: Float64Array[] = [];
  for (let run = 0; run < states; run += 1)
    runs.push(await scorer.score(complete, { seed: seed + run, neighbours }));
  const [scores = new Float64Array(0)] = runs;
  const { isPositive } = table;
  const auc = isPositive === null ? [] : runs.map((run) => rocAuc(run, isPositive));
  const precision = isPositive === null ? [] : runs.map((run) => averagePrecision(run, isPositive));
  const roc_auc = meanOf(auc);
  return {
    scores,
    missing: complete.missing,
    infinite: complete.infinite,
    seconds: (scoring.clock() - began) / 1000,
    roc_auc,
    average_precision: roc_auc === null ? null : meanOf(precision),
    roc_auc_sd: states > 1 && roc_auc !== null ? deviationOf(auc, roc_auc) : null,
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function deviationOf(values: readonly (number | null)[], mean: number): number {
  const squares = values.map((value) => ((value ?? mean) - mean) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/** Rows with the highest scores, highest first; equal scores in the order of the table. */
export function highestRows(scores: Float64Array, count: number): number[] {
  return Array.from(
    Uint32Array.from(scores.keys())
      .sort((left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || left - right)
      .subarray(0, count),
  );
}
