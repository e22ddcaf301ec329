import type { EventLog } from './log/event-log.ts';

/** Events whose stamps cannot be right: shown and counted, kept in the log, and left out of what depends on time. */
export interface Quarantine {
  readonly events: number;
  readonly cases: number;
  readonly before_events: number;
  readonly after_events: number;
  /** The plausible time: `[from_ms, to_ms)`. */
  readonly from_ms: number;
  readonly to_ms: number;
  readonly earliest_ms: number | null;
  readonly latest_ms: number | null;
  /** By activity, the most first. */
  readonly activities: readonly { readonly activity: string; readonly events: number }[];
  /** 1 per event in quarantine, 1 per case that has one. */
  readonly is_event: Uint8Array;
  readonly is_case: Uint8Array;
}

const denseShare = 0.001;
const farMs = 180 * 86_400_000;
/** Before it most ERP systems had no records: stamps such as 1948 or the zero of a clock. */
const oldest = Date.UTC(1980, 0, 2);

/**
 * Impossible stamps of a log.
 *
 * Definition  A time given as `plausible` decides. Without it: the months with at least 0.1 % of the
 *             events are the log's own time; from there the plausible time reaches as far as events
 *             follow each other within 180 days. Stamps beyond, before 1980, or after `asOf` are
 *             impossible.
 * Units       epoch milliseconds
 */
export function quarantine(
  log: EventLog,
  given: {
    readonly plausible?: { from_ms: number; to_ms: number };
    readonly as_of_ms?: number;
  } = {},
): Quarantine {
  const { from_ms, to_ms } = given.plausible ?? ownTime(log, given.as_of_ms ?? Infinity);
  const is_event = new Uint8Array(log.event_count);
  const is_case = new Uint8Array(log.case_count);
  const counts = new Map<number, number>();
  let before_events = 0;
  let after_events = 0;
  let earliest = Infinity;
  let latest = -Infinity;
  for (let event = 0; event < log.event_count; event++) {
    const at = log.time_ms[event] ?? Number.NaN;
    if (at >= from_ms && at < to_ms) continue;
    is_event[event] = 1;
    is_case[log.case_index[event] ?? 0] = 1;
    if (at < from_ms) before_events++;
    else after_events++;
    earliest = Math.min(earliest, at);
    latest = Math.max(latest, at);
    const activity = log.activity[event] ?? 0;
    counts.set(activity, (counts.get(activity) ?? 0) + 1);
  }
  const events = before_events + after_events;
  return {
    events,
    cases: is_case.reduce((sum, flag) => sum + flag, 0),
    before_events,
    after_events,
    from_ms,
    to_ms,
    earliest_ms: events === 0 ? null : earliest,
    latest_ms: events === 0 ? null : latest,
    activities: [...counts]
      .map(([activity, count]) => ({ activity: log.activities[activity] ?? '', events: count }))
      .sort((a, b) => b.events - a.events || (a.activity < b.activity ? -1 : 1)),
    is_event,
    is_case,
  };
}

function ownTime(log: EventLog, asOf: number): { from_ms: number; to_ms: number } {
  const sorted = log.time_ms.slice().sort();
  const months = new Map<number, { count: number; first: number; last: number }>();
  for (let position = 0; position < sorted.length; position++) {
    const date = new Date(sorted[position] ?? 0);
    const key = date.getUTCFullYear() * 12 + date.getUTCMonth();
    const month = months.get(key) ?? { count: 0, first: position, last: position };
    month.count++;
    month.last = position;
    months.set(key, month);
  }
  const dense = [...months.values()].filter(({ count }) => count >= denseShare * sorted.length);
  let low = dense[0]?.first ?? 0;
  let high = dense.at(-1)?.last ?? -1;
  const stamp = (position: number) => sorted[position] ?? Number.NaN;
  while (low > 0 && stamp(low) - stamp(low - 1) <= farMs) low--;
  while (high + 1 < sorted.length && stamp(high + 1) - stamp(high) <= farMs) high++;
  return {
    from_ms: Math.max(oldest, high < 0 ? oldest : stamp(low)),
    to_ms: Math.min(asOf, high < 0 ? Infinity : stamp(high)) + 1,
  };
}
