import type { EventLog } from './event-log.ts';

const yearMs = 365 * 86_400_000;
/** Share of all events cut off at either end to find the time in which the log really lies. */
const tailShare = 0.005;

/** Stamps that cannot be: counted and shown, kept out of bottleneck rankings, never dropped. */
export interface ImplausibleStamps {
  readonly events: number;
  readonly cases: number;
  /** Bounds that were applied, and the extremes found; ISO UTC, null for an empty log. */
  readonly plausible_from: string | null;
  readonly plausible_to: string | null;
  readonly earliest: string | null;
  readonly latest: string | null;
  /** One byte per case, 1 = no implausible stamp: a selection for rankings. */
  readonly plausible_cases: Uint8Array;
}

/**
 * Events whose stamp lies so far outside of the log's own time that it must be wrong.
 *
 * Definition  The central 99 % of all stamps, widened on both sides by its own length or a year,
 *             whichever is longer; with `asOf` nothing later than one day after it. A log that spans
 *             2018 so quarantines 1948 and 2001 but not the year before it begins. A time that was
 *             told takes the place of all this.
 */
export function implausibleStamps(
  log: EventLog,
  asOf_ms: number | null = null,
  told: { readonly from_ms: number; readonly to_ms: number } | null = null,
): ImplausibleStamps {
  const plausible_cases = new Uint8Array(log.case_count).fill(1);
  if (log.event_count === 0) {
    const none = { plausible_from: null, plausible_to: null, earliest: null, latest: null };
    return { events: 0, cases: 0, ...none, plausible_cases };
  }
  const sorted = log.time_ms.slice().sort();
  const tail = Math.floor(sorted.length * tailShare);
  const low = sorted[tail] ?? 0;
  const high = sorted[sorted.length - 1 - tail] ?? 0;
  const margin = Math.max(yearMs, high - low);
  const from = told?.from_ms ?? low - margin;
  const to =
    told?.to_ms ?? Math.min(high + margin, asOf_ms === null ? Infinity : asOf_ms + 86_400_000);
  let events = 0;
  for (let event = 0; event < log.event_count; event += 1) {
    const time = log.time_ms[event] ?? 0;
    const start = log.start_ms[event] ?? 0;
    if (start >= from && time <= to) continue;
    events += 1;
    plausible_cases[log.case_index[event] ?? 0] = 0;
  }
  return {
    events,
    cases: log.case_count - plausible_cases.reduce((sum, kept) => sum + kept, 0),
    plausible_from: isoText(from),
    plausible_to: isoText(to),
    earliest: isoText(sorted[0] ?? 0),
    latest: isoText(sorted[sorted.length - 1] ?? 0),
    plausible_cases,
  };
}

/** ISO text; a time that no calendar can show is held at the calendar's end. */
function isoText(time_ms: number): string {
  const end = 8.64e15;
  return new Date(Math.max(-end, Math.min(end, time_ms))).toISOString();
}
