import { addWorkingMs, officeHours, workingCalendar } from '#analytics/process/calendar.ts';

/** Longest span a reminder or escalation can lie ahead. */
const spanDays = 60;
const hourMs = 3_600_000;

/** The moment that many working hours after another, by office hours of a place with its holidays. */
export function afterWorkingHours(
  fromIso: string,
  hours: number,
  place: { readonly time_zone: string; readonly country: string | null },
): string {
  const from_ms = Date.parse(fromIso);
  const span = { from_ms, to_ms: from_ms + spanDays * 24 * hourMs };
  const calendar = calendarOf(place, span);
  return new Date(addWorkingMs(calendar, from_ms, hours * hourMs)).toISOString();
}

/** A country whose holidays nobody knows has its weekends all the same. */
function calendarOf(
  place: { readonly time_zone: string; readonly country: string | null },
  span: { readonly from_ms: number; readonly to_ms: number },
) {
  const holidays = place.country === null ? null : { country: place.country };
  try {
    return workingCalendar(officeHours(place.time_zone, holidays), span);
  } catch (cause) {
    if (holidays === null || !(cause instanceof RangeError)) throw cause;
    return workingCalendar(officeHours(place.time_zone), span);
  }
}
