import type { WeekHour } from './hours.ts';
import type { EventLog } from './log/event-log.ts';
import { stepGroups } from './step-groups.ts';
import { localMs, weekHourOf, zoneSpan, type ZoneSpan } from './zone.ts';

/**
 * When each step of some cases is done, by hour of the local week.
 *
 * Definition  hour of the week in the zone of the case's entity; steps known only to the day are
 *             left out; steps as in the step table
 * Shape       one row per step, weekday and hour that has events
 */
export function selectedHours(
  log: EventLog,
  given: {
    /** One byte per case, 1 = kept. */
    readonly cases: Uint8Array;
    /** IANA zone by entity, and that of cases without one. */
    readonly zones: Readonly<Record<string, string>>;
    readonly standard_zone: string;
    readonly entity_attribute?: string;
  },
): readonly WeekHour[] {
  if (log.event_count === 0) return [];
  const spans = new Map<string, ZoneSpan>();
  let first = Infinity;
  let last = -Infinity;
  for (const at of log.time_ms) {
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  const spanOf = (zone: string): ZoneSpan => {
    const span = spans.get(zone) ?? zoneSpan(zone, first, last + 1);
    spans.set(zone, span);
    return span;
  };
  const entity = log.case_attributes[given.entity_attribute ?? 'company_key'];
  const groups = stepGroups(log);
  const counts: Float64Array[] = [];
  for (let index = 0; index < log.case_count; index += 1) {
    if (given.cases[index] !== 1) continue;
    const name = entity?.kind === 'text' ? entity.names[entity.code[index] ?? -1] : undefined;
    const span = spanOf(given.zones[name ?? ''] ?? given.standard_zone);
    const after = log.case_offsets[index + 1] ?? 0;
    for (let event = log.case_offsets[index] ?? 0; event < after; event += 1) {
      if (log.day_only?.[event] === 1) continue;
      const hours = (counts[groups.of(event)] ??= new Float64Array(168));
      const slot = weekHourOf(localMs(span, log.time_ms[event] ?? 0));
      hours[slot] = (hours[slot] ?? 0) + 1;
    }
  }
  return groups.names.flatMap(({ step }, group) =>
    Array.from(counts[group] ?? [], (events, slot) => ({
      step,
      weekday: Math.floor(slot / 24) + 1,
      hour: slot % 24,
      events,
    })).filter(({ events }) => events > 0),
  );
}
