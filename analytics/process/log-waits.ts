import type { CalendarBook } from './calendar.ts';
import { splitWaits, waitCauses, type CauseSettings, type WaitCause } from './causes.ts';
import { workingMs } from './calendar.ts';
import type { BatchTimetable } from './batches.ts';
import { waitMs } from './log/edges.ts';
import type { EventLog } from './log/event-log.ts';
import { partOfLog } from './log/part-of-log.ts';
import type { PersonColumn } from './resources.ts';

/** Which time is counted: all of it, or only that in which the calendars are open. */
export const clocks = ['calendar', 'working'] as const;
export type Clock = (typeof clocks)[number];

/** The wait before each event of a log on both clocks, and why it waited. NaN where unknown. */
export interface LogWaits {
  readonly calendar_ms: Float64Array;
  readonly working_ms: Float64Array;
  /** Parts of the calendar time. */
  readonly parts_ms: Readonly<Record<WaitCause, Float64Array>>;
  readonly timetables: readonly (BatchTimetable & { readonly entity: string | null })[];
  readonly person_reason: PersonColumn['reason'];
}

/** Waits in calendar time alone, at once; the rest takes a second for 200,000 events. */
export function calendarWaits(log: EventLog): Float64Array {
  const waits = new Float64Array(log.event_count).fill(Number.NaN);
  for (let event = 0; event < log.event_count; event += 1)
    if (log.case_offsets[log.case_index[event] ?? 0] !== event) waits[event] = waitMs(log, event);
  return waits;
}

/**
 * Waits on both clocks with their causes, entity by entity: a run or a closed hour is one of the
 * entity's own zone.
 *
 * Shape   one entry per event of the log; the first event of a case has no wait: NaN
 * Units   milliseconds
 * Errors  as `workingCalendar`
 */
export function logWaits(
  log: EventLog,
  settings: CauseSettings & { readonly calendars: CalendarBook },
): LogWaits {
  const calendar_ms = calendarWaits(log);
  const working_ms = new Float64Array(log.event_count).fill(Number.NaN);
  const parts_ms = emptyParts(log.event_count);
  const timetables: LogWaits['timetables'][number][] = [];
  let person_reason: PersonColumn['reason'] = null;
  for (const { entity, cases } of entitiesOf(log, settings.entity_attribute ?? 'company_key')) {
    const part = partOfLog(log, cases);
    const standard =
      (entity === null ? undefined : settings.calendars.entities?.[entity]) ??
      settings.calendars.standard;
    const calendars = {
      ...settings.calendars,
      standard: { ...settings.calendars.standard, ...standard },
    };
    const split = splitWaits(part.log, { ...settings, calendars });
    timetables.push(...split.timetables.map((found) => ({ ...found, entity })));
    person_reason ??= split.persons.reason;
    for (let event = 0; event < part.event.length; event += 1) {
      const at = part.event[event] ?? 0;
      for (const cause of waitCauses) parts_ms[cause][at] = split.parts[cause][event] ?? 0;
      const isByDay = log.day_only?.[at] === 1 || log.day_only?.[at - 1] === 1;
      if (isByDay || Number.isNaN(calendar_ms[at] ?? Number.NaN)) continue;
      working_ms[at] = workingMs(
        split.calendars.of(event),
        log.time_ms[at - 1] ?? 0,
        log.start_ms[at] ?? 0,
      );
    }
  }
  return { calendar_ms, working_ms, parts_ms, timetables, person_reason };
}

/** The entities of a log with their cases; a log without such an attribute is one. */
export function entitiesOf(
  log: EventLog,
  attribute: string,
): readonly { readonly entity: string | null; readonly cases: Uint8Array }[] {
  const entities = log.case_attributes[attribute];
  if (entities?.kind !== 'text')
    return [{ entity: null, cases: new Uint8Array(log.case_count).fill(1) }];
  return [...new Set(entities.code)]
    .sort((a, b) => a - b)
    .map((code) => ({
      entity: entities.names[code] ?? null,
      cases: Uint8Array.from(entities.code, (own) => Number(own === code)),
    }));
}

function emptyParts(size: number): Record<WaitCause, Float64Array> {
  return {
    rework: new Float64Array(size),
    batch: new Float64Array(size),
    queue: new Float64Array(size),
    prioritisation: new Float64Array(size),
    outside_hours: new Float64Array(size),
    rest: new Float64Array(size),
  };
}
