import type { CalendarBook, CalendarRule } from './calendar.ts';
import { segregationOfDuties, fourEyes } from './conformance.ts';
import type { FourEyes, SegregationOfDuties } from './conformance.ts';
import { decisionKind, roleInName } from './decision-name.ts';
import { calibrate, remainingModel, remainingTime } from './forecast.ts';
import type { Calibration, RemainingTime } from './forecast.ts';
import { entitiesOf } from './log-waits.ts';
import type { EventLog } from './log/event-log.ts';
import { partOfLog } from './log/part-of-log.ts';
import { needlessSteps, type StepJudgement } from './needless-steps.ts';
import { batchTimetables, zoneOf } from './batches.ts';
import { fittedCalendar, runWeekdays, type RunCalendar } from './payment-runs.ts';
import type { ProcessChange } from './replay.ts';
import { whatIf, type WhatIf } from './what-if.ts';
import { approverWorkload, type WorkloadAnswer } from './workload.ts';

/** What a study takes for granted. */
export interface StudySettings {
  readonly calendars: CalendarBook;
  readonly as_of_ms: number;
  /** One byte per case: 1 = its last event ended it. */
  readonly finished: Uint8Array;
  readonly amount_attribute: string;
  readonly band_edges: readonly number[];
  /** Allowed days from the beginning of a case to its end. */
  readonly limit_days: readonly number[];
  readonly seed: number;
}

/** An open case with its forecast. */
export interface OpenForecast extends Omit<RemainingTime, 'breach_probability'> {
  readonly case: string;
  readonly last_activity: string;
  readonly began_ms: number;
  readonly last_ms: number;
  /** Chance of a breach, one for each limit of the settings. */
  readonly breach: readonly (number | null)[];
}

/** A change tried out on one entity's cases. */
export interface TriedChange {
  readonly change: ProcessChange;
  readonly answer: WhatIf;
}

/** The what-if of one entity; `entity` is null for a log without entities. */
export interface EntityWhatIf {
  readonly entity: string | null;
  readonly tried: readonly TriedChange[];
  /** The run calendar that is observed now, if payments leave on an hourly timetable. */
  readonly runs: { readonly activity: string; readonly calendar: RunCalendar } | null;
}

/** All that takes seconds to work out about a log, once. */
export interface LogStudy {
  readonly steps: readonly StepJudgement[];
  readonly open: readonly OpenForecast[];
  readonly calibration: Calibration;
  readonly workload: WorkloadAnswer;
  readonly four_eyes: readonly FourEyes[];
  readonly duties: readonly SegregationOfDuties[];
  readonly what_ifs: readonly EntityWhatIf[];
}

const dayMs = 86_400_000;
const workloadDays = 90;
const mostOpen = 20_000;
const mostRules = 8;
const mostTried = 6;
const entitiesTried = 6;
/** A rule approves, not a person. */
const automatic = /\bauto/i;

/**
 * Studies a log: needless steps, open cases, workload, conformance and what changes would bring.
 *
 * Definition  Each part as its own function says; the workload is of the 90 days before `as_of_ms`,
 *             the calibration of three instants 30, 60 and 90 days before it, the what-if of the
 *             cases persons decide, each entity alone, in its own calendar.
 * Errors      as the functions it calls
 */
export function studyLog(log: EventLog, settings: StudySettings): LogStudy {
  const { as_of_ms, finished } = settings;
  const is_finished = (index: number): boolean => finished[index] === 1;
  const last = log.time_ms.reduce((most, at) => Math.max(most, at), -Infinity);
  const to_ms = Math.min(as_of_ms, last);
  return {
    steps: needlessSteps(log, {
      amount_attribute: settings.amount_attribute,
      band_edges: settings.band_edges,
    }),
    open: openForecasts(log, settings),
    calibration: calibrate(log, {
      as_of_ms: [30, 60, 90].map((days) => to_ms - days * dayMs),
      is_finished,
    }),
    workload: approverWorkload(log, {
      calendars: settings.calendars,
      from_ms: to_ms - workloadDays * dayMs,
      to_ms,
    }),
    ...conformanceOf(log),
    what_ifs: entitiesOf(log, 'company_key')
      .slice(0, entitiesTried)
      .map(({ entity, cases }) =>
        tryChanges(partOfLog(log, decided(log, cases)).log, entity, settings),
      ),
  };
}

function openForecasts(log: EventLog, settings: StudySettings): readonly OpenForecast[] {
  const { as_of_ms, finished } = settings;
  const model = remainingModel(log, {
    until_ms: as_of_ms,
    is_finished: (index) => finished[index] === 1,
  });
  const open: OpenForecast[] = [];
  for (let index = 0; index < log.case_count && open.length < mostOpen; index += 1) {
    if (finished[index] === 1) continue;
    const lastEvent = (log.case_offsets[index + 1] ?? 1) - 1;
    const found = {
      last_activity: log.activities[log.activity[lastEvent] ?? 0] ?? '',
      began_ms: log.start_ms[log.case_offsets[index] ?? 0] ?? 0,
      last_ms: log.time_ms[lastEvent] ?? 0,
    };
    const { p50_seconds, p90_seconds, alike, basis } = remainingTime(model, found, { as_of_ms });
    const breach = settings.limit_days.map(
      (days) =>
        remainingTime(model, found, { as_of_ms, limit_ms: days * dayMs }).breach_probability,
    );
    open.push({
      ...found,
      p50_seconds,
      p90_seconds,
      alike,
      basis,
      case: log.cases[index] ?? '',
      breach,
    });
  }
  return open;
}

/** Who submits must not approve, who approves must not pay: rules read off the activities' names. */
function conformanceOf(log: EventLog): Pick<LogStudy, 'four_eyes' | 'duties'> {
  const byKind = (kind: string): readonly string[] =>
    log.activities.filter((name) => decisionKind(name) === kind && !automatic.test(name));
  const approvals = byKind('approved');
  const requests = log.activities.filter((name) => /\b(submitted|created|entered)\b/i.test(name));
  const payments = log.activities.filter((name) =>
    /\b(paid|payment (handled|executed|released)|payment requested)\b/i.test(name),
  );
  const pairs = [
    ...requests.flatMap((first) => approvals.map((second) => ({ first, second }))),
    ...approvals.flatMap((first) => payments.map((second) => ({ first, second }))),
  ].filter(({ first, second }) => first !== second);
  const assessed = fourEyes(log, pairs);
  const told = [...assessed].sort((a, b) => weight(b) - weight(a)).slice(0, mostRules);
  const duties =
    approvals.length > 0 && payments.length > 0
      ? segregationOfDuties(log, [{ duty: approvals, against: payments }])
      : [];
  return { four_eyes: told, duties };
}

/** Breaks first, then what was assessed on many cases. */
function weight(rule: FourEyes): number {
  return rule.answer === 'assessed' ? rule.violations * 1e9 + rule.cases : -1;
}

/** Of the cases given those that a person decided: what a rule approves and pays waits for nobody. */
function decided(log: EventLog, cases: Uint8Array): Uint8Array {
  const isDecision = log.activities.map(
    (name) => decisionKind(name) !== null && !automatic.test(name),
  );
  if (!isDecision.includes(true)) return cases;
  const kept = new Uint8Array(log.case_count);
  for (let event = 0; event < log.event_count; event += 1) {
    const index = log.case_index[event] ?? 0;
    if (isDecision[log.activity[event] ?? 0] === true && cases[index] === 1) kept[index] = 1;
  }
  return kept;
}

function tryChanges(log: EventLog, entity: string | null, settings: StudySettings): EntityWhatIf {
  const { amount_attribute, seed } = settings;
  const calendar: CalendarRule = {
    ...settings.calendars.standard,
    ...(entity === null ? {} : settings.calendars.entities?.[entity]),
  };
  const runs = runsOf(log, calendar.time_zone);
  const tried: TriedChange[] = [];
  for (const change of changesFor(log, runs)) {
    const answer = whatIf(log, { calendar, changes: [change], seed, amount_attribute });
    tried.push({ change, answer });
    if (answer.answer !== 'effect') break;
  }
  return { entity, runs, tried };
}

function runsOf(log: EventLog, timeZone: string): EntityWhatIf['runs'] {
  const timetable = batchTimetables(log, timeZone).find(
    ({ activity, grain }) => grain === 'hour' && /pa(id|yment)/i.test(activity),
  );
  const zone = zoneOf(log, timeZone);
  if (timetable === undefined || zone === null) return null;
  const code = log.activities.indexOf(timetable.activity);
  const items = [...log.activity.keys()]
    .filter((event) => log.activity[event] === code)
    .filter((event) => log.case_offsets[log.case_index[event] ?? 0] !== event)
    .map((event) => ({ ready: log.time_ms[event - 1] ?? 0, done: log.time_ms[event] ?? 0 }));
  if (items.length === 0) return null;
  return {
    activity: timetable.activity,
    calendar: fittedCalendar(zone, runWeekdays(timetable), items),
  };
}

/** Daily runs, then for the steps that wait most: beside its neighbour, dropped below an amount, dropped, one more approver. */
function changesFor(log: EventLog, runs: EntityWhatIf['runs']): readonly ProcessChange[] {
  const daily: ProcessChange[] =
    runs === null
      ? []
      : [
          {
            kind: 'run_calendar',
            activity: runs.activity,
            calendar: { ...runs.calendar, weekdays: [1, 2, 3, 4, 5], lead_days: 1 },
          },
        ];
  const [most, second] = busiestSteps(log);
  const ofSteps: ProcessChange[] =
    most === undefined
      ? []
      : [
          { kind: 'second_approver', step: most, after_hours: 0 },
          { kind: 'second_approver', step: most, after_hours: 16 },
          { kind: 'threshold', step: second ?? most, below_amount: 1_000 },
          ...(second === undefined
            ? []
            : [{ kind: 'parallel_steps', step: most, beside: second } as const]),
          { kind: 'remove_step', step: second ?? most },
        ];
  return [...daily, ...ofSteps].slice(0, mostTried);
}

/** Deciding steps as the replay names them, the most frequent first. */
function busiestSteps(log: EventLog): readonly string[] {
  const decisions = new Map<string, number>();
  const steps = log.activities.map((name) =>
    decisionKind(name) === null || automatic.test(name) ? null : roleInName(name),
  );
  for (let event = 0; event < log.event_count; event += 1) {
    const step = steps[log.activity[event] ?? 0];
    if (step != null) decisions.set(step, (decisions.get(step) ?? 0) + 1);
  }
  return [...decisions].sort((a, b) => b[1] - a[1]).map(([step]) => step);
}
