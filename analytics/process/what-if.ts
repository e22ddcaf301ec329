import type { CalendarRule } from './calendar.ts';
import type { EventLog } from './log/event-log.ts';
import { quantileOf } from './quantile.ts';
import { replayCases, type ProcessChange, type ReplayRequest } from './replay.ts';
import { replayModel, type ReplayModel } from './replay-model.ts';

/** A time to learn from and the time after it to test on. */
export interface HeldOut {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** How a model did on cases it had not seen. Gaps are fractions of the observed value. */
export interface BackTest {
  readonly held_out: HeldOut;
  readonly cases: number;
  readonly training_events: number;
  readonly observed_median_days: number;
  readonly replayed_median_days: number;
  readonly median_gap: number;
  readonly observed_p90_days: number;
  readonly replayed_p90_days: number;
  readonly p90_gap: number;
  /** Mean number of cases in progress over the held-out time, as observed and as arrival rate × replayed mean stay of its cases. */
  readonly observed_in_progress: number;
  readonly replayed_in_progress: number;
  readonly in_progress_gap: number;
  readonly is_good_enough: boolean;
}

/** A change's effect on the case durations, over paired replications. */
export interface ChangeEffect {
  readonly cases: number;
  readonly replications: number;
  readonly before_median_days: number;
  readonly after_median_days: number;
  readonly before_p90_days: number;
  readonly after_p90_days: number;
  /** Median and 5 to 95 % of the change of the median and of the mean, in days; negative is faster. */
  readonly median_change_days: EffectRange;
  readonly mean_change_days: EffectRange;
}

export interface EffectRange {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** `too_little_data`: nothing to test on. `not_good_enough`: see the back-test; no effect is given. */
export type WhatIf =
  | { readonly answer: 'effect'; readonly back_test: BackTest; readonly effect: ChangeEffect }
  | { readonly answer: 'not_good_enough'; readonly back_test: BackTest }
  | { readonly answer: 'too_little_data'; readonly cases: number };

export interface WhatIfRequest {
  readonly calendar: CalendarRule;
  readonly changes: readonly ProcessChange[];
  readonly seed: number;
  /** Default: the last UTC month in which at least 100 cases began and 95 % of them could end. */
  readonly held_out?: HeldOut;
  /** At least 200 for an effect that is shown. */
  readonly replications?: number;
  readonly amount_attribute?: string;
}

const dayMs = 86_400_000;
const trainingDays = 365;
const fewestCases = 100;
const durationTolerance = 0.1;
const inProgressTolerance = 0.05;
const testReplications = 20;

/**
 * What a change of the process would bring, from a replay of its own cases.
 *
 * Definition  The model learns from the year before the held-out month. It is accepted when over
 *             that month's cases it reproduces median and P90 within 10 %, and the number in
 *             progress (Little: arrivals × stay) within 5 %. Else no effect is given. The effect is
 *             that of paired replications over the held-out cases.
 * Units       days of calendar time
 */
export function whatIf(log: EventLog, request: WhatIfRequest): WhatIf {
  const held_out = request.held_out ?? lastFullMonth(log);
  const cases = held_out === null ? [] : casesBegun(log, held_out);
  if (held_out === null || cases.length < fewestCases)
    return { answer: 'too_little_data', cases: cases.length };
  const model = replayModel(log, request.calendar, {
    from_ms: held_out.from_ms - trainingDays * dayMs,
    until_ms: held_out.from_ms,
  });
  if (model === null) return { answer: 'too_little_data', cases: 0 };
  const back_test = backTest(model, held_out, { cases, seed: request.seed });
  if (!back_test.is_good_enough) return { answer: 'not_good_enough', back_test };
  return { answer: 'effect', back_test, effect: effectOf(model, cases, request) };
}

/** How well the model gives back what happened in a time it has not seen. */
export function backTest(
  model: ReplayModel,
  held_out: HeldOut,
  given: { readonly cases: readonly number[]; readonly seed: number },
): BackTest {
  const { log } = model;
  const { cases, seed } = given;
  const observed = cases.map((index) => stayDays(log, index, lastOf(log, index)));
  const replayed: number[] = [];
  for (let replication = 0; replication < testReplications; replication++)
    replayed.push(...stays(model, { cases, changes: [], seed, replication }));
  const value = (list: readonly number[], share: number) => quantileOf(list, share) ?? 0;
  const medians = [value(observed, 0.5), value(replayed, 0.5)] as const;
  const p90s = [value(observed, 0.9), value(replayed, 0.9)] as const;
  const progress = inProgress(model, held_out, seed);
  const median_gap = gap(medians[0], medians[1]);
  const p90_gap = gap(p90s[0], p90s[1]);
  const in_progress_gap = gap(progress.observed, progress.replayed);
  return {
    held_out,
    cases: cases.length,
    training_events: model.training_events,
    observed_median_days: medians[0],
    replayed_median_days: medians[1],
    median_gap,
    observed_p90_days: p90s[0],
    replayed_p90_days: p90s[1],
    p90_gap,
    observed_in_progress: progress.observed,
    replayed_in_progress: progress.replayed,
    in_progress_gap,
    is_good_enough:
      Math.abs(median_gap) <= durationTolerance &&
      Math.abs(p90_gap) <= durationTolerance &&
      Math.abs(in_progress_gap) <= inProgressTolerance,
  };
}

function effectOf(
  model: ReplayModel,
  cases: readonly number[],
  request: WhatIfRequest,
): ChangeEffect {
  const replications = request.replications ?? 200;
  const before: number[] = [];
  const after: number[] = [];
  const medians: number[] = [];
  const means: number[] = [];
  const attribute =
    request.amount_attribute === undefined ? {} : { amount_attribute: request.amount_attribute };
  for (let replication = 0; replication < replications; replication++) {
    const shared = { cases, seed: request.seed, replication, ...attribute };
    const without = stays(model, { ...shared, changes: [] });
    const changed = stays(model, { ...shared, changes: request.changes });
    medians.push((quantileOf(changed, 0.5) ?? 0) - (quantileOf(without, 0.5) ?? 0));
    means.push(mean(changed) - mean(without));
    before.push(...without);
    after.push(...changed);
  }
  return {
    cases: cases.length,
    replications,
    before_median_days: quantileOf(before, 0.5) ?? 0,
    after_median_days: quantileOf(after, 0.5) ?? 0,
    before_p90_days: quantileOf(before, 0.9) ?? 0,
    after_p90_days: quantileOf(after, 0.9) ?? 0,
    median_change_days: range(medians),
    mean_change_days: range(means),
  };
}

/** The last UTC month with enough cases whose own 95 % stay still fits before the log ends. */
export function lastFullMonth(log: EventLog): HeldOut | null {
  if (log.case_count === 0) return null;
  const lastStamp = log.time_ms.reduce((last, at) => Math.max(last, at), -Infinity);
  const end = new Date(lastStamp);
  for (let back = 0; back < 120; back++) {
    const month = {
      from_ms: Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - back, 1),
      to_ms: Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - back + 1, 1),
    };
    const cases = casesBegun(log, month);
    if (cases.length < fewestCases) continue;
    const stay = quantileOf(
      cases.map((index) => stayDays(log, index, lastOf(log, index))),
      0.95,
    );
    if (month.to_ms + (stay ?? 0) * dayMs <= lastStamp) return month;
  }
  return null;
}

/** Cases that began in a time. */
export function casesBegun(log: EventLog, time: HeldOut): readonly number[] {
  const cases: number[] = [];
  for (let index = 0; index < log.case_count; index++) {
    const began = beginOf(log, index);
    if (began >= time.from_ms && began < time.to_ms) cases.push(index);
  }
  return cases;
}

/** Mean number of cases in progress over a time, observed and replayed; cases begun up to a year before count. */
function inProgress(
  model: ReplayModel,
  time: HeldOut,
  seed: number,
): { observed: number; replayed: number } {
  const { log } = model;
  const cases = casesBegun(log, {
    from_ms: time.from_ms - trainingDays * dayMs,
    to_ms: time.to_ms,
  });
  const within = (index: number, end: number) =>
    Math.max(0, Math.min(end, time.to_ms) - Math.max(beginOf(log, index), time.from_ms)) /
    (time.to_ms - time.from_ms);
  const observed = cases.reduce((sum, index) => sum + within(index, lastOf(log, index)), 0);
  let replayed = 0;
  for (let replication = 0; replication < testReplications; replication++) {
    const ends = replayCases(model, { cases, changes: [], seed, replication });
    for (const [position, index] of cases.entries()) replayed += within(index, ends[position] ?? 0);
  }
  return { observed, replayed: replayed / testReplications };
}

function stays(model: ReplayModel, request: ReplayRequest): number[] {
  return [...replayCases(model, request)].map((end, position) =>
    stayDays(model.log, request.cases[position] ?? 0, end),
  );
}

function stayDays(log: EventLog, index: number, end: number): number {
  return (end - beginOf(log, index)) / dayMs;
}

function beginOf(log: EventLog, index: number): number {
  return log.time_ms[log.case_offsets[index] ?? 0] ?? 0;
}

function lastOf(log: EventLog, index: number): number {
  return log.time_ms[(log.case_offsets[index + 1] ?? 1) - 1] ?? 0;
}

function gap(observed: number, replayed: number): number {
  if (observed === 0) return replayed === 0 ? 0 : Infinity;
  return (replayed - observed) / observed;
}

function range(values: readonly number[]): EffectRange {
  return {
    low: quantileOf(values, 0.05) ?? 0,
    middle: quantileOf(values, 0.5) ?? 0,
    high: quantileOf(values, 0.95) ?? 0,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
