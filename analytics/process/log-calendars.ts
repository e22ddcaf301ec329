import {
  calendarRuleFor,
  workingCalendar,
  type CalendarBook,
  type WorkingCalendar,
} from './calendar.ts';
import type { EventLog } from './log/event-log.ts';
import { zoneOf } from './batches.ts';
import type { ZoneSpan } from './zone.ts';

/** The calendar of each event of a log: of its person, role and entity, worked out once for each rule. */
export interface LogCalendars {
  of(event: number): WorkingCalendar;
  /** Offsets of the standard zone over the log; null for a log without events. */
  readonly zone: ZoneSpan | null;
}

/**
 * Calendars over all stamps of a log.
 *
 * Errors  as `workingCalendar`
 */
export function calendarsOf(
  log: EventLog,
  book: CalendarBook,
  entityAttribute = 'company_key',
): LogCalendars {
  const zone = zoneOf(log, book.standard.time_zone);
  const span = { from_ms: zone?.from_ms[0] ?? 0, to_ms: zone?.to_ms ?? 86_400_000 };
  const known = new Map<string, WorkingCalendar>();
  const entity = log.case_attributes[entityAttribute];
  const named = (
    rules: CalendarBook['persons'],
    names: readonly string[],
    code: number | undefined,
  ) => {
    const name = names[code ?? -1];
    return name !== undefined && rules !== undefined && Object.hasOwn(rules, name) ? name : null;
  };
  return {
    zone,
    of(event) {
      const who = {
        entity:
          entity?.kind === 'text'
            ? named(book.entities, entity.names, entity.code[log.case_index[event] ?? -1])
            : null,
        role: named(book.roles, log.roles, log.role?.[event]),
        person: named(book.persons, log.resources, log.resource?.[event]),
      };
      const key = JSON.stringify(who);
      const found = known.get(key) ?? workingCalendar(calendarRuleFor(book, who), span);
      known.set(key, found);
      return found;
    },
  };
}
