import { clopperPearsonUpper } from '../statistics/clopper-pearson.ts';
import { pooledRates } from '../statistics/pooled-rates.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import { decisionKind, roleInName, type DecisionKind } from './decision-name.ts';
import { waitMs } from './log/edges.ts';
import type { EventLog } from './log/event-log.ts';
import { quantileOf } from './quantile.ts';

/** Decisions on amounts of one band. `from` is included, `to` is not; null = open or, for both, unknown amount. */
export interface AmountBand {
  readonly from: number | null;
  readonly to: number | null;
  readonly decisions: number;
  readonly rejected: number;
  readonly rejected_rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Drawn towards the rate of all bands, for bands with few decisions. */
  readonly pooled_rate: number | null;
  readonly upper_bound: number;
  readonly mean_amount: number | null;
}

/** What a log says about one approval step. */
export interface StepEvidence {
  readonly step: string;
  readonly decisions: number;
  readonly rejected: number;
  /** Rejections later approved unchanged; null where the log does not show whether anything changed. */
  readonly overturned: number | null;
  /** Rejections followed by an approval of the same step in the same case. */
  readonly later_approved: number;
  readonly edited: number;
  readonly rejected_rate: number;
  /** 95 % Wilson interval of the rejected rate, for display. */
  readonly low: number;
  readonly high: number;
  /** One-sided 95 % Clopper-Pearson bound of (rejected − overturned + edited) / decisions, for the decision. */
  readonly upper_bound: number;
  /** Rejections that another step later in the case, or a detector, would have caught too. */
  readonly caught_elsewhere: number;
  readonly caught_elsewhere_share: number | null;
  readonly median_wait_seconds: number | null;
  readonly p90_wait_seconds: number | null;
  readonly total_wait_seconds: number;
  readonly bands: readonly AmountBand[];
  readonly mean_amount: number | null;
  readonly cases: number;
  /** Of all cases, those that reach the step. */
  readonly case_share: number;
  /** Median case duration with and without the step: an association, not its effect. */
  readonly median_case_seconds_with: number | null;
  readonly median_case_seconds_without: number | null;
  /** Decisions right before or after another step's decision in the case: what could run beside it. */
  readonly beside_another_share: number;
  /** What running beside its neighbour would save per decision: the shorter of both waits. */
  readonly parallel_saving_seconds: number | null;
  /** Of the cases that end approved, those in which this step approved last. */
  readonly last_approval_share: number;
  /** Rejected rate in the first and second half of the time; z of their difference. */
  readonly drift_z: number | null;
  /** Cochran-Armitage z: whether rejection grows with the amount. */
  readonly amount_trend_z: number | null;
}

export interface EvidenceSettings {
  /** Case attribute with the amount, and lower edges of the amount bands in its unit. */
  readonly amount_attribute?: string;
  readonly band_edges?: readonly number[];
  /** Whether a case was approved again without a change; null = not known. */
  readonly was_unchanged?: (caseIndex: number) => boolean | null;
  /** Whether a detector flags the case, for the replay of its rejections. */
  readonly is_flagged?: (caseIndex: number) => boolean;
}

interface Decision {
  readonly event: number;
  readonly caseIndex: number;
  readonly step: string;
  readonly kind: DecisionKind;
}

/** Default lower edges of amount bands. */
export const bandEdges: readonly number[] = [250, 1_000, 2_500];

/**
 * The evidence of each approval step: a role that approves, rejects or edits.
 *
 * Definition  wait = calendar time since the event before in the case. Who only ever rejects, such as
 *             an employee who withdraws, is no approval step.
 * Shape       one row per step, the most total wait first
 * Units       seconds; rates as fractions; amounts in the unit of the log's attribute, for bands only
 */
export function stepEvidence(
  log: EventLog,
  settings: EvidenceSettings = {},
): readonly StepEvidence[] {
  const all = decisionsOf(log);
  const approving = new Set(all.filter(({ kind }) => kind === 'approved').map(({ step }) => step));
  const decisions = all.filter(({ step }) => approving.has(step));
  const byStep = Map.groupBy(decisions, ({ step }) => step);
  const byCase = Map.groupBy(decisions, ({ caseIndex }) => caseIndex);
  return [...byStep]
    .map(([step, own]) => evidenceOf(log, settings, { step, own, byCase }))
    .sort((a, b) => b.total_wait_seconds - a.total_wait_seconds || (a.step < b.step ? -1 : 1));
}

function decisionsOf(log: EventLog): readonly Decision[] {
  const kinds = log.activities.map(decisionKind);
  const roles = log.activities.map(roleInName);
  const decisions: Decision[] = [];
  for (let event = 0; event < log.event_count; event++) {
    const activity = log.activity[event] ?? 0;
    const kind = kinds[activity];
    const step = log.roles[log.role?.[event] ?? -1] ?? roles[activity];
    if (kind === null || kind === undefined || step === null || step === undefined) continue;
    decisions.push({ event, caseIndex: log.case_index[event] ?? 0, step, kind });
  }
  return decisions;
}

function evidenceOf(
  log: EventLog,
  settings: EvidenceSettings,
  given: {
    readonly step: string;
    readonly own: readonly Decision[];
    readonly byCase: ReadonlyMap<number, readonly Decision[]>;
  },
): StepEvidence {
  const { step, own, byCase } = given;
  const amountOf = amounts(log, settings.amount_attribute ?? 'amount');
  const others = (decision: Decision) => byCase.get(decision.caseIndex) ?? [];
  const rejections = own.filter(({ kind }) => kind === 'rejected');
  const edited = own.filter(({ kind }) => kind === 'edited').length;
  const reapproved = rejections.filter((decision) =>
    others(decision).some(
      (later) => later.event > decision.event && later.step === step && later.kind === 'approved',
    ),
  );
  const changes = reapproved.map(({ caseIndex }) => settings.was_unchanged?.(caseIndex) ?? null);
  const overturned = changes.includes(null) ? null : changes.filter((same) => same === true).length;
  const caught = rejections.filter(
    (decision) =>
      settings.is_flagged?.(decision.caseIndex) === true ||
      others(decision).some(
        (later) => later.event > decision.event && later.step !== step && later.kind === 'rejected',
      ),
  ).length;
  const waits = own.map(({ event }) => waitSeconds(log, event)).filter((wait) => wait !== null);
  const interval = wilsonInterval(rejections.length, own.length);
  const cases = new Set(own.map(({ caseIndex }) => caseIndex));
  const neighbours = own.map((decision) => neighbourWait(log, decision, others(decision)));
  const beside = neighbours.filter((wait) => wait !== null);
  const bands = bandsOf(own, amountOf, settings.band_edges ?? bandEdges);
  return {
    step,
    decisions: own.length,
    rejected: rejections.length,
    overturned,
    later_approved: reapproved.length,
    edited,
    rejected_rate: rejections.length / own.length,
    low: interval?.low ?? 0,
    high: interval?.high ?? 1,
    upper_bound: clopperPearsonUpper(
      Math.min(own.length, rejections.length - (overturned ?? 0) + edited),
      own.length,
    ),
    caught_elsewhere: caught,
    caught_elsewhere_share: rejections.length === 0 ? null : caught / rejections.length,
    median_wait_seconds: quantileOf(waits, 0.5),
    p90_wait_seconds: quantileOf(waits, 0.9),
    total_wait_seconds: waits.reduce((sum, wait) => sum + wait, 0),
    bands,
    mean_amount: meanOf(own.map(({ caseIndex }) => amountOf(caseIndex)).filter(Number.isFinite)),
    cases: cases.size,
    case_share: cases.size / log.case_count,
    median_case_seconds_with: medianCase(log, (index) => cases.has(index)),
    median_case_seconds_without: medianCase(log, (index) => !cases.has(index)),
    beside_another_share: beside.length / own.length,
    parallel_saving_seconds: meanOf(beside),
    last_approval_share: lastApprovals(step, byCase),
    drift_z: drift(log, own),
    amount_trend_z: trend(bands),
  };
}

function amounts(log: EventLog, name: string): (caseIndex: number) => number {
  const attribute = log.case_attributes[name];
  if (attribute === undefined) return () => Number.NaN;
  if (attribute.kind === 'number') return (index) => attribute.value[index] ?? Number.NaN;
  return (index) => {
    const text = attribute.names[attribute.code[index] ?? -1];
    return text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  };
}

function waitSeconds(log: EventLog, event: number): number | null {
  if (log.case_offsets[log.case_index[event] ?? 0] === event) return null;
  const wait = waitMs(log, event);
  return Number.isNaN(wait) ? null : wait / 1_000;
}

/** The shorter of a decision's wait and that of a neighbouring decision by another step; null when it has none. */
function neighbourWait(
  log: EventLog,
  decision: Decision,
  others: readonly Decision[],
): number | null {
  const before = others.find(({ event }) => event === decision.event - 1);
  const after = others.find(({ event }) => event === decision.event + 1);
  const pair = [
    before?.kind === 'approved' && before.step !== decision.step ? before.event : null,
    decision.kind === 'approved' && after !== undefined && after.step !== decision.step
      ? after.event
      : null,
  ].flatMap((event) => (event === null ? [] : [waitSeconds(log, event) ?? 0]));
  if (pair.length === 0) return null;
  return Math.min(waitSeconds(log, decision.event) ?? 0, Math.max(...pair));
}

function bandsOf(
  own: readonly Decision[],
  amountOf: (caseIndex: number) => number,
  edges: readonly number[],
): readonly AmountBand[] {
  const bounds: (readonly [number | null, number | null])[] = [
    [null, edges[0] ?? null],
    ...edges.map((edge, index) => [edge, edges[index + 1] ?? null] as const),
  ];
  const known = own.map((decision) => ({ ...decision, amount: amountOf(decision.caseIndex) }));
  const groups = bounds.map(([from, to]) =>
    known.filter(({ amount }) => amount >= (from ?? -Infinity) && amount < (to ?? Infinity)),
  );
  const counts = groups.map((group) => ({
    successes: group.filter(({ kind }) => kind === 'rejected').length,
    count: group.length,
  }));
  const pooled = pooledRates(counts);
  return bounds.map(([from, to], index) => {
    const { successes, count } = counts[index] ?? { successes: 0, count: 0 };
    const interval = wilsonInterval(successes, count);
    return {
      from,
      to,
      decisions: count,
      rejected: successes,
      rejected_rate: count === 0 ? null : successes / count,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      pooled_rate: pooled[index] ?? null,
      upper_bound: clopperPearsonUpper(successes, count),
      mean_amount: meanOf((groups[index] ?? []).map(({ amount }) => amount)),
    };
  });
}

function medianCase(log: EventLog, isWanted: (caseIndex: number) => boolean): number | null {
  const durations: number[] = [];
  for (let index = 0; index < log.case_count; index++) {
    if (!isWanted(index)) continue;
    const first = log.start_ms[log.case_offsets[index] ?? 0] ?? 0;
    const last = log.time_ms[(log.case_offsets[index + 1] ?? 1) - 1] ?? 0;
    durations.push((last - first) / 1_000);
  }
  return quantileOf(durations, 0.5);
}

function lastApprovals(step: string, byCase: ReadonlyMap<number, readonly Decision[]>): number {
  let approved = 0;
  let own = 0;
  for (const decisions of byCase.values()) {
    const last = decisions.at(-1);
    if (last?.kind !== 'approved') continue;
    approved++;
    if (last.step === step) own++;
  }
  return approved === 0 ? 0 : own / approved;
}

function drift(log: EventLog, own: readonly Decision[]): number | null {
  const inTime = [...own].sort(
    (a, b) => (log.time_ms[a.event] ?? 0) - (log.time_ms[b.event] ?? 0) || a.event - b.event,
  );
  const half = Math.floor(inTime.length / 2);
  const later = inTime.length - half;
  const rejected = (part: readonly Decision[]) =>
    part.filter(({ kind }) => kind === 'rejected').length;
  const first = rejected(inTime.slice(0, half));
  const second = rejected(inTime.slice(half));
  const rate = (first + second) / inTime.length;
  const spread = Math.sqrt(rate * (1 - rate) * (1 / half + 1 / later));
  return spread > 0 ? (second / later - first / half) / spread : null;
}

function trend(bands: readonly AmountBand[]): number | null {
  const count = bands.reduce((sum, band) => sum + band.decisions, 0);
  const rate = bands.reduce((sum, band) => sum + band.rejected, 0) / count;
  const centre = bands.reduce((sum, band, index) => sum + index * band.decisions, 0) / count;
  const slope = bands.reduce(
    (sum, band, index) => sum + (index - centre) * (band.rejected - band.decisions * rate),
    0,
  );
  const variance =
    rate *
    (1 - rate) *
    bands.reduce((sum, band, index) => sum + band.decisions * (index - centre) ** 2, 0);
  return variance > 0 ? slope / Math.sqrt(variance) : null;
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
