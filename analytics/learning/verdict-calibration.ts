import {
  calibrated,
  isotonicRegression,
  type Calibration,
} from '../statistics/isotonic-regression.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import type { Queryable } from '../table.ts';

/** A person's answer to one detector's finding. */
export interface DetectorVerdict {
  readonly detector: string;
  /** Of the detector's definition and parameters when the case was decided. */
  readonly version: string;
  readonly score: number;
  /** Fraud, error or breach of policy; false when it was as expected or a false alarm. */
  readonly isWorthStopping: boolean;
  /** Pseudonym of the person. */
  readonly reviewer: string;
  /** Held or rejected, in group currency; null when nothing was stopped or the amount is unknown. */
  readonly stopped_base: number | null;
}

/** Verdicts that the belief before verdicts counts as; one reviewer never counts as more. */
const priorVerdicts = 10;
/** Most verdicts read, the latest. */
const verdictLimit = 200_000;

/**
 * P(worth stopping) by score, from what a detector was believed to be worth and from verdicts.
 *
 * Definition  Isotonic regression of the verdicts; each step is then drawn towards the belief
 *             prior_rate x score, which counts as 10 verdicts: (sum + 10 x belief) / (n + 10). The
 *             verdicts of one reviewer together count as at most 10, so that nobody alone can
 *             move it more than half way. Without verdicts it is the belief.
 * Shape       a rising function from score 0 (probability 0) to score 1
 */
export function calibrateDetector(
  prior_rate: number,
  verdicts: readonly DetectorVerdict[],
): Calibration {
  if (verdicts.length === 0) return { scores: [0, 1], probabilities: [0, prior_rate] };
  const weights = verdictWeights(verdicts);
  const outcomes = verdicts.map(({ isWorthStopping }) => (isWorthStopping ? 1 : 0));
  const scores = verdicts.map(({ score }) => score);
  const steps = isotonicRegression(scores, outcomes, weights);
  // Each score's weight and its step's weight: equal probabilities are one step.
  const weightOfStep = new Map<number, number>();
  for (const [index, score] of scores.entries()) {
    const step = calibrated(steps, score);
    weightOfStep.set(step, (weightOfStep.get(step) ?? 0) + (weights[index] ?? 0));
  }
  const drawn = (score: number): number => {
    const step = calibrated(steps, score);
    const weight = weightOfStep.get(step) ?? 0;
    return (step * weight + priorVerdicts * prior_rate * score) / (weight + priorVerdicts);
  };
  const ends = [...new Set([...steps.scores.filter((score) => score > 0 && score < 1), 1])];
  const points = ends.map((score) => ({ score, probability: drawn(score) }));
  // Drawing short steps further than long ones may turn their order; the second pass restores it.
  const rising = isotonicRegression(
    points.map(({ score }) => score),
    points.map(({ probability }) => probability),
    ends.map((score) => (weightOfStep.get(calibrated(steps, score)) ?? 0) + priorVerdicts),
  );
  return { scores: [0, ...rising.scores], probabilities: [0, ...rising.probabilities] };
}

/** How often a detector was right, per version. */
export interface DetectorPrecision {
  readonly detector: string;
  readonly version: string;
  readonly verdicts: number;
  readonly worth_stopping: number;
  /** Share that was worth stopping, with its 95 % interval (Wilson). */
  readonly precision: number;
  readonly low: number;
  readonly high: number;
  /** Amounts of held and rejected payments, group currency. */
  readonly stopped_base: number;
}

/** Precision per detector and version with interval; none for what nobody decided. */
export function precisionOfDetectors(verdicts: readonly DetectorVerdict[]): DetectorPrecision[] {
  const groups = Map.groupBy(verdicts, ({ detector, version }) => `${detector}\u001f${version}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      const worth_stopping = group.filter(({ isWorthStopping }) => isWorthStopping).length;
      const interval = wilsonInterval(worth_stopping, group.length);
      if (first === undefined || interval === null) return [];
      return {
        detector: first.detector,
        version: first.version,
        verdicts: group.length,
        worth_stopping,
        precision: worth_stopping / group.length,
        ...interval,
        stopped_base: group.reduce((sum, { stopped_base }) => sum + (stopped_base ?? 0), 0),
      };
    })
    .sort((left, right) =>
      left.detector + left.version < right.detector + right.version ? -1 : 1,
    );
}

/**
 * The verdicts on detectors, as decisions landed again as source `quittance` tell them.
 *
 * Definition  The last decision about a case that was not `unsure`; each detector of the case gets it
 *             with the score of its finding. Decisions landed without scores tell nothing here.
 * Shape       one per case and detector, at most `verdictLimit`, the latest
 */
export async function readVerdicts(warehouse: Queryable): Promise<DetectorVerdict[]> {
  const { column, rowCount } = await warehouse.columns(verdictsSql);
  const text = (name: string, row: number) => {
    const value = column[name]?.[row];
    return typeof value === 'string' ? value : '';
  };
  return Array.from({ length: rowCount }, (_, row) => {
    const stopped = Number(column['stopped_base']?.[row] ?? Number.NaN);
    return {
      detector: text('detector', row),
      version: text('version', row),
      score: Number(column['score']?.[row]),
      isWorthStopping: Number(column['worth_stopping']?.[row]) === 1,
      reviewer: text('reviewer_key', row),
      stopped_base: Number.isNaN(stopped) ? null : stopped,
    };
  });
}

const verdictsSql = `
with last_decision as (
  select * from decision where verdict <> 'unsure' and detector_scores is not null
  qualify row_number() over (partition by case_number order by decided_at desc, decision_key) = 1
),
answered as (
  select last_decision.*, request.amount_base, unnest(range(1, len(string_split(detectors, ',')) + 1)) as place
  from last_decision
  left join payment_flow as request
    on request.payment_request_key::varchar = last_decision.subject_key
)
select
  string_split(detectors, ',')[place] as detector,
  string_split(coalesce(detector_versions, ''), ',')[place] as version,
  try_cast(string_split(detector_scores, ',')[place] as double) as score,
  (verdict in ('fraud', 'error', 'policy_breach'))::int::double as worth_stopping,
  case when verdict in ('fraud', 'error', 'policy_breach') and action in ('hold', 'reject')
    then amount_base::double end as stopped_base,
  coalesce(reviewer_key, '') as reviewer_key
from answered
where score between 0 and 1
order by decided_at desc, decision_key, place
limit ${verdictLimit}`;

/** Each verdict counts 1, all of one reviewer together at most `priorVerdicts`. */
function verdictWeights(verdicts: readonly DetectorVerdict[]): number[] {
  const counts = new Map<string, number>();
  for (const { reviewer } of verdicts) counts.set(reviewer, (counts.get(reviewer) ?? 0) + 1);
  return verdicts.map(({ reviewer }) => Math.min(1, priorVerdicts / (counts.get(reviewer) ?? 1)));
}
