import type { DetectorPrecision } from '#analytics/learning/verdict-calibration.ts';
import { probabilityBy, type ProbabilityOf } from '#analytics/stories.ts';
import type { Calibration } from '#analytics/statistics/isotonic-regression.ts';
import type { Queries } from './state/database.ts';
import { readSetting } from './state/settings.ts';

/** What the nightly calibration learned from verdicts, as it is stored. */
export interface StoredCalibration {
  /** Counts up with every change. */
  readonly version: number;
  readonly calibrated_at: string;
  readonly verdicts: number;
  readonly detectors: Readonly<Record<string, Calibration>>;
  readonly precision: readonly DetectorPrecision[];
}

/** Chance that a finding is worth stopping, as verdicts have taught it. */
export async function probabilityInForce(queries: Queries): Promise<ProbabilityOf> {
  const stored = await readSetting<StoredCalibration>(queries, 'calibration');
  return probabilityBy(new Map(Object.entries(stored?.detectors ?? {})));
}

/** Chance that a case is worth stopping, told from its findings as stories tell it. */
export function caseProbability(
  findings: readonly { readonly detector: string; readonly score: number }[],
  probabilityOf: ProbabilityOf,
): number {
  const [first = 0, second = 0] = findings.map(probabilityOf).sort((a, b) => b - a);
  return first + ((1 - first) * second) / 2;
}
