import { pairedRandom } from '../statistics/paired-random.ts';
import { addWorkingMs } from './calendar.ts';
import type { EventLog } from './log/event-log.ts';
import type { RunCalendar } from './payment-runs.ts';
import { doneAt, type ReplayModel } from './replay-model.ts';

/** A change to the process whose effect is asked for. */
export type ProcessChange =
  | { readonly kind: 'run_calendar'; readonly activity: string; readonly calendar: RunCalendar }
  | { readonly kind: 'remove_step'; readonly step: string }
  | { readonly kind: 'threshold'; readonly step: string; readonly below_amount: number }
  | { readonly kind: 'parallel_steps'; readonly step: string; readonly beside: string }
  /** Somebody else may decide too, from the beginning (0 hours: an added approver) or as a delegate after so many working hours. */
  | { readonly kind: 'second_approver'; readonly step: string; readonly after_hours: number };

export interface ReplayRequest {
  readonly cases: readonly number[];
  readonly changes: readonly ProcessChange[];
  readonly seed: number;
  readonly replication: number;
  /** Case attribute for thresholds. */
  readonly amount_attribute?: string;
}

/**
 * When each case ends, replayed once: its own arrival and its own path, waits drawn from the model.
 *
 * Definition  Draws depend on seed, replication and event only, so two replays differ by the change.
 *             A step that is dropped passes its case on at once; in a case it rejected nothing is
 *             dropped, for what would have happened then is unknown. Steps side by side are ready
 *             together and the case goes on when both are done.
 * Shape       one end per case of the request, epoch milliseconds
 */
export function replayCases(model: ReplayModel, request: ReplayRequest): Float64Array {
  const ends = new Float64Array(request.cases.length);
  const plan = planOf(model, request);
  for (const [index, caseIndex] of request.cases.entries())
    ends[index] = endOfCase(model, request, plan, caseIndex);
  return ends;
}

interface Plan {
  readonly calendars: ReadonlyMap<number, RunCalendar>;
  readonly isDropped: (step: string, caseIndex: number) => boolean;
  readonly beside: ReadonlySet<string>;
  readonly second: ReadonlyMap<string, number>;
}

function endOfCase(
  model: ReplayModel,
  request: ReplayRequest,
  plan: Plan,
  caseIndex: number,
): number {
  const { log } = model;
  const first = log.case_offsets[caseIndex] ?? 0;
  const end = log.case_offsets[caseIndex + 1] ?? first;
  let at = log.time_ms[first] ?? 0;
  for (let event = first + 1; event < end; event++) {
    const step = stepOf(model, event);
    if (step !== null && plan.isDropped(step, caseIndex)) continue;
    const own = finish(model, request, plan, { event, ready: at });
    const next = event + 1 < end ? stepOf(model, event + 1) : null;
    if (
      step !== null &&
      next !== null &&
      plan.beside.has(`${step}\n${next}`) &&
      !plan.isDropped(next, caseIndex) &&
      model.is_rejection[log.activity[event] ?? 0] !== true
    ) {
      at = Math.max(own, finish(model, request, plan, { event: event + 1, ready: at }));
      event++;
    } else at = own;
  }
  return at;
}

function finish(
  model: ReplayModel,
  request: ReplayRequest,
  plan: Plan,
  item: { readonly event: number; readonly ready: number },
): number {
  const { event, ready } = item;
  const calendar = plan.calendars.get(model.log.activity[event] ?? 0);
  const draw = pairedRandom(request.seed, request.replication, event);
  const own = doneAt(model, event, {
    ready,
    draw,
    ...(calendar === undefined ? {} : { calendar }),
  });
  const after = plan.second.get(stepOf(model, event) ?? '');
  if (after === undefined) return own;
  const takes = addWorkingMs(model.calendar, ready, after * 3_600_000);
  if (!(takes < own)) return own;
  const other = pairedRandom(request.seed, request.replication, event, 1);
  return Math.min(own, doneAt(model, event, { ready: takes, draw: other }));
}

function stepOf(model: ReplayModel, event: number): string | null {
  return model.step_of_activity[model.log.activity[event] ?? 0] ?? null;
}

function planOf(model: ReplayModel, request: ReplayRequest): Plan {
  const { log } = model;
  const calendars = new Map<number, RunCalendar>();
  const removed = new Set<string>();
  const thresholds = new Map<string, number>();
  const beside = new Set<string>();
  const second = new Map<string, number>();
  for (const change of request.changes)
    switch (change.kind) {
      case 'run_calendar':
        calendars.set(activityCode(log, change.activity), change.calendar);
        break;
      case 'remove_step':
        removed.add(knownStep(model, change.step));
        break;
      case 'threshold':
        thresholds.set(knownStep(model, change.step), change.below_amount);
        break;
      case 'parallel_steps':
        beside.add(`${knownStep(model, change.step)}\n${knownStep(model, change.beside)}`);
        beside.add(`${change.beside}\n${change.step}`);
        break;
      case 'second_approver':
        second.set(knownStep(model, change.step), change.after_hours);
        break;
    }
  const amount = amountOf(log, request.amount_attribute ?? 'amount');
  const rejectedIn = rejections(model, removed, thresholds);
  return {
    calendars,
    beside,
    second,
    isDropped: (step, caseIndex) =>
      (removed.has(step) || amount(caseIndex) < (thresholds.get(step) ?? -Infinity)) &&
      !rejectedIn.has(`${caseIndex}\n${step}`),
  };
}

function rejections(
  model: ReplayModel,
  removed: ReadonlySet<string>,
  thresholds: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const found = new Set<string>();
  if (removed.size + thresholds.size === 0) return found;
  for (let event = 0; event < model.log.event_count; event++) {
    if (model.is_rejection[model.log.activity[event] ?? 0] !== true) continue;
    const step = stepOf(model, event) ?? '';
    if (removed.has(step) || thresholds.has(step))
      found.add(`${model.log.case_index[event] ?? 0}\n${step}`);
  }
  return found;
}

function activityCode(log: EventLog, activity: string): number {
  const code = log.activities.indexOf(activity);
  if (code < 0)
    throw new RangeError(
      `replay: expected an activity of the log, got "${activity}"; it has ${log.activities.slice(0, 5).join(', ')} …`,
    );
  return code;
}

function knownStep(model: ReplayModel, step: string): string {
  if (model.step_of_activity.includes(step)) return step;
  const known = [...new Set(model.step_of_activity.filter((name) => name !== null))];
  throw new RangeError(
    `replay: expected an approval step of the log (${known.join(', ')}), got "${step}"`,
  );
}

function amountOf(log: EventLog, name: string): (caseIndex: number) => number {
  const attribute = log.case_attributes[name];
  if (attribute === undefined) return () => Number.NaN;
  if (attribute.kind === 'number') return (index) => attribute.value[index] ?? Number.NaN;
  return (index) => {
    const text = attribute.names[attribute.code[index] ?? -1]?.trim() ?? '';
    return text === '' ? Number.NaN : Number(text);
  };
}
