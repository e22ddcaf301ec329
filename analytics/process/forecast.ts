import { kaplanMeier } from '../statistics/kaplan-meier.ts';
import type { EventLog } from './log/event-log.ts';
import { quantileOf } from './quantile.ts';

/** A case that is not finished: where it stands and since when. */
export interface OpenCase {
  readonly last_activity: string;
  readonly began_ms: number;
  readonly last_ms: number;
}

/** Remaining time of an open case as of an instant. Calendar time. */
export interface RemainingTime {
  readonly p50_seconds: number | null;
  readonly p90_seconds: number | null;
  /** Chance that the case ends after its limit; null when no limit was given or nothing is known. */
  readonly breach_probability: number | null;
  /** Visits that stood there about as long or longer; the forecast is theirs. */
  readonly alike: number;
  /** What the alike cases have in common. */
  readonly basis: 'activity_and_age' | 'activity' | 'none';
}

/** Visits of one activity, by ascending stay until the next event. */
export interface Visits {
  readonly stay_ms: Float64Array;
  /** Time to the end of the case, or as far as it is known. */
  readonly rest_ms: Float64Array;
  /** 1 where the case was still open. */
  readonly is_open: Uint8Array;
  /** Survival of the rest, by how many of the shortest stays are left out; worked out when asked for. */
  readonly curves: Map<number, Survival>;
}

interface Survival {
  readonly at_ms: Float64Array;
  readonly survival: Float64Array;
  readonly count: number;
}

/** What was learnt from a log. */
export interface RemainingModel {
  readonly visits: ReadonlyMap<string, Visits>;
  readonly cases: number;
}

/** How often what came true lay under the forecast; a calibrated P90 holds 90 % of it. */
export interface Calibration {
  readonly forecasts: number;
  readonly under_p50_share: number | null;
  readonly under_p90_share: number | null;
  /** Mean absolute error of the P50, and that of one median for all, in seconds. */
  readonly error_seconds: number | null;
  readonly baseline_error_seconds: number | null;
  /** P50 within 10 points of half and P90 within 5 points of nine tenths. */
  readonly is_calibrated: boolean;
}

const dayMs = 86_400_000;
const fewestAlike = 30;
/** Ages are told apart by 32 levels of the stays seen. */
const ageLevels = 32;

/**
 * Learn how long cases go on after each activity.
 *
 * Definition  Every event before `until_ms` but the last of a finished case is a visit; of cases still
 *             open then the time so far counts as censored. Nothing later is looked at.
 */
export function remainingModel(
  log: EventLog,
  training: {
    readonly from_ms?: number;
    readonly until_ms: number;
    readonly is_finished?: (caseIndex: number) => boolean;
  },
): RemainingModel {
  const lists = new Map<string, Visit[]>();
  let cases = 0;
  for (let index = 0; index < log.case_count; index++) {
    const first = log.case_offsets[index] ?? 0;
    const last = (log.case_offsets[index + 1] ?? 1) - 1;
    const end = log.time_ms[last] ?? 0;
    if ((log.time_ms[first] ?? Infinity) >= training.until_ms) continue;
    if (end < (training.from_ms ?? -Infinity)) continue;
    cases++;
    const isOpen = end >= training.until_ms || training.is_finished?.(index) === false;
    const known = isOpen ? training.until_ms : end;
    for (let event = first; event < last || (isOpen && event <= last); event++) {
      const at = log.time_ms[event] ?? 0;
      if (at >= training.until_ms) break;
      const next = event < last ? (log.time_ms[event + 1] ?? at) : known;
      const name = log.activities[log.activity[event] ?? 0] ?? '';
      const visit = { stay: Math.min(next, known) - at, rest: known - at, isOpen };
      const list = lists.get(name);
      if (list === undefined) lists.set(name, [visit]);
      else list.push(visit);
    }
  }
  return { visits: new Map([...lists].map(([name, list]) => [name, visitsOf(list)])), cases };
}

interface Visit {
  readonly stay: number;
  readonly rest: number;
  readonly isOpen: boolean;
}

function visitsOf(list: readonly Visit[]): Visits {
  const sorted = [...list].sort((a, b) => a.stay - b.stay);
  return {
    stay_ms: Float64Array.from(sorted, ({ stay }) => stay),
    rest_ms: Float64Array.from(sorted, ({ rest }) => rest),
    is_open: Uint8Array.from(sorted, ({ isOpen }) => (isOpen ? 1 : 0)),
    curves: new Map(),
  };
}

/**
 * How long an open case will still take.
 *
 * Definition  Of the visits of its last activity those that stayed about as long as this one has
 *             (when 30 or more, else all): the Kaplan-Meier curve of their time to the end, given
 *             that it exceeds this one's age. P50 and P90 are where it falls to a half and a tenth;
 *             breach is what it leaves at the limit.
 * Units       seconds of calendar time; `limit_ms` is the allowed stay from the beginning
 * Errors      null for an activity no case went through, and where the curve does not fall that far
 */
export function remainingTime(
  model: RemainingModel,
  open: OpenCase,
  given: { readonly as_of_ms: number; readonly limit_ms?: number },
): RemainingTime {
  const visits = model.visits.get(open.last_activity);
  if (visits === undefined)
    return {
      p50_seconds: null,
      p90_seconds: null,
      breach_probability: null,
      alike: 0,
      basis: 'none',
    };
  const age = Math.max(0, given.as_of_ms - open.last_ms);
  const size = visits.stay_ms.length;
  const level = Math.floor((firstAtLeast(visits.stay_ms, age) / size) * ageLevels);
  const low = Math.floor((level * size) / ageLevels);
  const isConditional = size - low >= fewestAlike;
  const curve = curveOf(visits, isConditional ? low : 0);
  const reached = survivalAt(curve, age);
  const limit = given.limit_ms === undefined ? null : open.began_ms + given.limit_ms - open.last_ms;
  const seconds = (share: number) => {
    const at = curve.survival.findIndex((left) => left <= reached * (1 - share) + 1e-12);
    return at < 0 || reached === 0 ? null : Math.max(0, (curve.at_ms[at] ?? 0) - age) / 1_000;
  };
  return {
    p50_seconds: seconds(0.5),
    p90_seconds: seconds(0.9),
    breach_probability:
      limit === null
        ? null
        : limit <= age
          ? 1
          : reached === 0
            ? null
            : survivalAt(curve, limit) / reached,
    alike: curve.count,
    basis: isConditional ? 'activity_and_age' : 'activity',
  };
}

function curveOf(visits: Visits, low: number): Survival {
  const known = visits.curves.get(low);
  if (known !== undefined) return known;
  const points = kaplanMeier(
    Array.from({ length: visits.rest_ms.length - low }, (_, position) => {
      const isOpen = visits.is_open[low + position] === 1;
      return {
        days: (visits.rest_ms[low + position] ?? 0) / dayMs,
        ended: isOpen ? 0 : 1,
        open: isOpen ? 1 : 0,
      };
    }),
  );
  const curve = {
    at_ms: Float64Array.from(points, ({ days }) => days * dayMs),
    survival: Float64Array.from(points, ({ survival }) => survival),
    count: visits.rest_ms.length - low,
  };
  visits.curves.set(low, curve);
  return curve;
}

/** Share not ended after `at`; a millisecond's rounding does not count. */
function survivalAt(curve: Survival, at: number): number {
  const index = firstAtLeast(curve.at_ms, at + 1);
  return index === 0 ? 1 : (curve.survival[index - 1] ?? 1);
}

/**
 * How the forecast would have done: as of an instant in the past, on the cases open then.
 *
 * Definition  The model learns from what had happened before each instant; each case open then and
 *             finished later gives one forecast. Where no P90 is known none is counted.
 */
export function calibrate(
  log: EventLog,
  given: {
    readonly as_of_ms: readonly number[];
    readonly is_finished?: (caseIndex: number) => boolean;
  },
): Calibration {
  const errors: number[] = [];
  const baselineErrors: number[] = [];
  let under50 = 0;
  let under90 = 0;
  for (const as_of_ms of given.as_of_ms) {
    const finished = given.is_finished === undefined ? {} : { is_finished: given.is_finished };
    const model = remainingModel(log, { until_ms: as_of_ms, ...finished });
    const everywhere = quantileOf(
      [...model.visits.values()].flatMap(({ rest_ms, is_open }) => [
        ...rest_ms.filter((_, visit) => is_open[visit] !== 1),
      ]),
      0.5,
    );
    for (const { index, event } of openAt(log, as_of_ms)) {
      if (given.is_finished?.(index) === false) continue;
      const end = log.time_ms[(log.case_offsets[index + 1] ?? 1) - 1] ?? 0;
      const forecast = remainingTime(
        model,
        {
          last_activity: log.activities[log.activity[event] ?? 0] ?? '',
          began_ms: log.time_ms[log.case_offsets[index] ?? 0] ?? 0,
          last_ms: log.time_ms[event] ?? 0,
        },
        { as_of_ms },
      );
      if (forecast.p50_seconds === null || forecast.p90_seconds === null) continue;
      const actual = (end - as_of_ms) / 1_000;
      errors.push(Math.abs(actual - forecast.p50_seconds));
      baselineErrors.push(Math.abs(actual - (everywhere ?? 0) / 1_000));
      if (actual <= forecast.p50_seconds) under50++;
      if (actual <= forecast.p90_seconds) under90++;
    }
  }
  const forecasts = errors.length;
  const share = (count: number) => (forecasts === 0 ? null : count / forecasts);
  const mean = (list: readonly number[]) =>
    list.length === 0 ? null : list.reduce((sum, value) => sum + value, 0) / list.length;
  return {
    forecasts,
    under_p50_share: share(under50),
    under_p90_share: share(under90),
    error_seconds: mean(errors),
    baseline_error_seconds: mean(baselineErrors),
    is_calibrated:
      forecasts >= fewestAlike &&
      Math.abs(under50 / forecasts - 0.5) <= 0.1 &&
      Math.abs(under90 / forecasts - 0.9) <= 0.05,
  };
}

/** Cases in progress at an instant, with the last event that had happened by then. */
export function openAt(
  log: EventLog,
  at: number,
): readonly { readonly index: number; readonly event: number }[] {
  const open: { index: number; event: number }[] = [];
  for (let index = 0; index < log.case_count; index++) {
    const first = log.case_offsets[index] ?? 0;
    const last = (log.case_offsets[index + 1] ?? 1) - 1;
    if ((log.time_ms[first] ?? Infinity) > at || (log.time_ms[last] ?? 0) <= at) continue;
    let event = first;
    while (event < last && (log.time_ms[event + 1] ?? Infinity) <= at) event++;
    open.push({ index, event });
  }
  return open;
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
