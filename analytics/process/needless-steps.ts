import { cleanDrawsNeeded } from '../statistics/sequential-test.ts';
import type { EventLog } from './log/event-log.ts';
import { stepEvidence, type EvidenceSettings, type StepEvidence } from './step-evidence.ts';

/** How a step can be made lighter, mildest first. A step moves one rung at a time. */
export const ladder = ['parallel', 'threshold', 'notify', 'sample', 'remove'] as const;

export type Rung = (typeof ladder)[number];

/** Why a rung is not open. */
export type RungBar =
  | 'nothing_beside_it'
  | 'no_amount'
  | 'leakage_above_cost'
  | 'not_before_sampling'
  | 'hard_control'
  | 'too_few'
  | 'selection'
  | 'already_taken';

/** One rung with what it would risk and save. Amounts per decision, in the unit of the log's amounts. */
export interface RungEstimate {
  readonly rung: Rung;
  readonly is_open: boolean;
  readonly bar: RungBar | null;
  /** Amounts below it would skip the step; only for `threshold`. */
  readonly below_amount: number | null;
  readonly leakage_per_decision: string | null;
  readonly saving_per_decision: string | null;
  /** Waiting time it would save per decision, in seconds. */
  readonly saved_wait_seconds: number | null;
}

export interface StepWarning {
  readonly kind:
    | 'deterrence'
    | 'filtered'
    | 'selected_cases'
    | 'too_few'
    | 'drift'
    | 'amount_does_not_separate'
    | 'overturned_unknown'
    | 'association_only';
  readonly values: Readonly<Record<string, number>>;
}

/** What the judgement takes for granted; shown beside it, so that a reader can change it. */
export interface StepAssumptions extends EvidenceSettings {
  readonly minutes_per_decision?: number;
  readonly wage_per_hour?: number;
  /** Cost of money tied up or discount lost, per year, as a fraction of the amount. */
  readonly delay_rate_per_year?: number;
  /** Share of the step's wait that delays the payment: the rest is slack. */
  readonly critical_share?: number;
  /** Part of the amount lost when something is approved that should have been rejected. */
  readonly loss_rate?: number;
  /** Cost must exceed leakage this many times. */
  readonly margin?: number;
  readonly sample_rate?: number;
  /** Highest rate of wrong approvals that may be accepted once a step is only sampled. */
  readonly acceptable_rate?: number;
  /** Steps kept for segregation of duties, by law, or for a second person. */
  readonly hard_controls?: readonly string[];
  /** Rung on which a step stands already. */
  readonly current_rung?: Readonly<Record<string, Rung>>;
}

/** A step, its evidence, the rungs open to it, and the one to try next. */
export interface StepJudgement {
  readonly evidence: StepEvidence;
  /** `keep`: no rung is open or none pays; `not_assessable`: the log cannot tell. */
  readonly next: Rung | 'keep' | 'not_assessable';
  readonly is_hard_control: boolean;
  readonly leakage_per_decision: string | null;
  readonly cost_per_decision: string | null;
  readonly rungs: readonly RungEstimate[];
  readonly warnings: readonly StepWarning[];
  /** Clean sampled decisions in a row after which Wald's test accepts the rate. */
  readonly clean_samples_needed: number;
}

/** The defaults behind a judgement. */
export const stepAssumptions = {
  minutes_per_decision: 5,
  wage_per_hour: 45,
  delay_rate_per_year: 0.08,
  critical_share: 1,
  loss_rate: 0.2,
  margin: 2,
  sample_rate: 0.1,
  acceptable_rate: 0.01,
} as const;

/** To claim a rate below 1 % with no rejection at all takes 298 decisions. */
const fewestDecisions = 298;
const selectedShare = 0.9;
const besideShare = 0.5;
const yearSeconds = 365 * 86_400;

/**
 * Which approval steps could be lighter, and how far.
 *
 * Definition  Leakage per decision = upper bound of the effective rejected rate × loss rate × mean
 *             amount × (1 − share caught elsewhere). Cost per decision = minutes × wage + wait ×
 *             critical share × delay rate × mean amount. A rung that drops decisions is open when the
 *             cost it saves exceeds its leakage by the margin. Parallel drops none. Removal is open
 *             only to a step that is already sampled. The step that approves last in most cases is a
 *             hard control, as are those declared.
 * Shape       one row per step, the most total wait first
 * Units       amounts in the unit of the log's attribute, as decimal text; never a promise of money
 */
export function needlessSteps(
  log: EventLog,
  assumptions: StepAssumptions = {},
): readonly StepJudgement[] {
  const given = { ...stepAssumptions, ...assumptions };
  const evidence = stepEvidence(log, assumptions);
  const somebodyRejects = evidence.some(({ rejected }) => rejected > 0);
  return evidence.map((step) => judge(step, given, somebodyRejects));
}

type Given = StepAssumptions & Record<keyof typeof stepAssumptions, number>;

function judge(step: StepEvidence, given: Given, somebodyRejects: boolean): StepJudgement {
  const is_hard_control =
    (given.hard_controls?.includes(step.step) ?? false) || step.last_approval_share > 0.5;
  const warnings = warningsOf(step, somebodyRejects);
  const isFiltered = warnings.some(({ kind }) => kind === 'filtered');
  const bar: RungBar | null = is_hard_control
    ? 'hard_control'
    : isFiltered
      ? 'selection'
      : step.decisions < fewestDecisions
        ? 'too_few'
        : null;
  const leakage = leakageOf(step, given);
  const cost = costOf(step, given);
  const taken = ladder.indexOf(given.current_rung?.[step.step] ?? 'parallel');
  const isStanding = given.current_rung?.[step.step] !== undefined;
  const rungs = ladder.map((rung, index) =>
    isStanding && index <= taken
      ? estimate(rung, 'already_taken')
      : withBar(rungOf(rung, step, given, { leakage, cost }), bar),
  );
  const open = rungs.find(({ is_open }) => is_open);
  return {
    evidence: step,
    next: isFiltered ? 'not_assessable' : (open?.rung ?? 'keep'),
    is_hard_control,
    leakage_per_decision: decimal(leakage),
    cost_per_decision: decimal(cost),
    rungs,
    warnings,
    clean_samples_needed: cleanDrawsNeeded({
      acceptable: given.acceptable_rate / 2,
      unacceptable: given.acceptable_rate * 2,
    }),
  };
}

function leakageOf(step: StepEvidence, given: Given): number | null {
  if (step.mean_amount === null) return null;
  return (
    step.upper_bound * given.loss_rate * step.mean_amount * (1 - (step.caught_elsewhere_share ?? 0))
  );
}

function costOf(step: StepEvidence, given: Given): number | null {
  if (step.mean_amount === null) return null;
  return labourOf(given) + delayOf(step.total_wait_seconds / step.decisions, step, given);
}

function labourOf(given: Given): number {
  return (given.minutes_per_decision / 60) * given.wage_per_hour;
}

function delayOf(seconds: number, step: StepEvidence, given: Given): number {
  const year = (seconds / yearSeconds) * given.critical_share;
  return year * given.delay_rate_per_year * (step.mean_amount ?? 0);
}

function rungOf(
  rung: Rung,
  step: StepEvidence,
  given: Given,
  money: { readonly leakage: number | null; readonly cost: number | null },
): RungEstimate {
  if (rung === 'parallel') return parallelRung(step, given);
  if (rung === 'remove') return estimate(rung, removalBar(step, given), money);
  if (money.leakage === null || money.cost === null) return estimate(rung, 'no_amount');
  if (rung === 'threshold') return thresholdRung(step, given, money.cost);
  const dropped = rung === 'sample' ? 1 - given.sample_rate : 1;
  const saving = delayOf(step.total_wait_seconds / step.decisions, step, given);
  const labour = rung === 'sample' ? labourOf(given) * dropped : 0;
  const scaled = {
    leakage: money.leakage * dropped,
    cost: rung === 'sample' ? saving * dropped + labour : saving,
  };
  const pays = scaled.cost > scaled.leakage * given.margin;
  return estimate(rung, pays ? null : 'leakage_above_cost', {
    ...scaled,
    seconds: (step.total_wait_seconds / step.decisions) * dropped,
  });
}

function parallelRung(step: StepEvidence, given: Given): RungEstimate {
  const seconds = step.parallel_saving_seconds;
  if (step.beside_another_share < besideShare || seconds === null)
    return estimate('parallel', 'nothing_beside_it');
  const saved = seconds * step.beside_another_share;
  const cost = step.mean_amount === null ? null : delayOf(saved, step, given);
  return estimate('parallel', null, { leakage: 0, cost, seconds: saved });
}

/** The highest amount below which every band's cost exceeds its leakage by the margin. */
function thresholdRung(step: StepEvidence, given: Given, cost: number): RungEstimate {
  let below: number | null = null;
  let leakage = 0;
  let decisions = 0;
  for (const band of step.bands) {
    if (band.decisions === 0 || band.mean_amount === null || band.to === null) break;
    const passing = 1 - (step.caught_elsewhere_share ?? 0);
    const atStake = band.upper_bound * given.loss_rate * band.mean_amount * passing;
    if (!(cost > atStake * given.margin)) break;
    below = band.to;
    leakage += atStake * band.decisions;
    decisions += band.decisions;
  }
  if (below === null) return estimate('threshold', 'leakage_above_cost');
  const share = decisions / step.decisions;
  return {
    ...estimate('threshold', null, {
      leakage: leakage / step.decisions,
      cost: cost * share,
      seconds: (step.total_wait_seconds / step.decisions) * share,
    }),
    below_amount: below,
  };
}

function removalBar(step: StepEvidence, given: Given): RungBar | null {
  if (given.current_rung?.[step.step] !== 'sample') return 'not_before_sampling';
  return step.upper_bound <= given.acceptable_rate ? null : 'leakage_above_cost';
}

function withBar(rung: RungEstimate, bar: RungBar | null): RungEstimate {
  return bar === null || !rung.is_open ? rung : { ...rung, is_open: false, bar };
}

function estimate(
  rung: Rung,
  bar: RungBar | null,
  given: {
    readonly leakage: number | null;
    readonly cost: number | null;
    readonly seconds?: number;
  } = { leakage: null, cost: null },
): RungEstimate {
  return {
    rung,
    is_open: bar === null,
    bar,
    below_amount: null,
    leakage_per_decision: decimal(given.leakage),
    saving_per_decision: decimal(given.cost),
    saved_wait_seconds: given.seconds ?? null,
  };
}

function warningsOf(step: StepEvidence, somebodyRejects: boolean): readonly StepWarning[] {
  const warnings: StepWarning[] = [{ kind: 'deterrence', values: {} }];
  const { decisions, rejected, case_share, drift_z, amount_trend_z } = step;
  if (rejected === 0 && somebodyRejects && decisions >= fewestDecisions / 2)
    warnings.push({ kind: 'filtered', values: { rejected, decisions } });
  if (case_share < selectedShare) warnings.push({ kind: 'selected_cases', values: { case_share } });
  if (decisions < fewestDecisions)
    warnings.push({ kind: 'too_few', values: { decisions, needed: fewestDecisions } });
  if (drift_z !== null && Math.abs(drift_z) > 2.58)
    warnings.push({ kind: 'drift', values: { z: drift_z } });
  if (amount_trend_z !== null && amount_trend_z < 1.96)
    warnings.push({ kind: 'amount_does_not_separate', values: { z: amount_trend_z } });
  if (step.overturned === null)
    warnings.push({ kind: 'overturned_unknown', values: { later_approved: step.later_approved } });
  if (step.median_case_seconds_with !== null && step.median_case_seconds_without !== null)
    warnings.push({
      kind: 'association_only',
      values: {
        with_seconds: step.median_case_seconds_with,
        without_seconds: step.median_case_seconds_without,
      },
    });
  return warnings;
}

function decimal(value: number | null): string | null {
  return value === null ? null : value.toFixed(4);
}
