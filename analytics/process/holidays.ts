import Holidays from 'date-holidays';

/** Where public holidays come from: ISO 3166 country, state and region of the date-holidays package. */
export interface HolidayPlace {
  readonly country: string;
  readonly state?: string;
  readonly region?: string;
}

/** A closed stretch: all of a day, or part of one. */
export interface HolidaySpan {
  readonly name: string;
  readonly from_ms: number;
  readonly to_ms: number;
}

/**
 * Public holidays of a place as instants in a zone.
 *
 * Definition  those of type `public` (bank, school and optional days stay working days unless an
 *             override says otherwise), substitute days included
 * Errors      throws when the country or state is unknown
 * Source      date-holidays (ISC; holiday data CC BY-SA 3.0)
 */
export function publicHolidays(
  place: HolidayPlace,
  years: { readonly from: number; readonly to: number },
  timeZone: string,
): readonly HolidaySpan[] {
  const calendar = new Holidays();
  if (!Object.hasOwn(calendar.getCountries('en'), place.country))
    throw new RangeError(
      `publicHolidays: expected an ISO 3166 country that date-holidays knows, got "${place.country}"`,
    );
  const options = { types: ['public' as const], timezone: timeZone };
  if (place.state === undefined) calendar.init(place.country, options);
  else {
    if (!Object.hasOwn(calendar.getStates(place.country, 'en') ?? {}, place.state))
      throw new RangeError(
        `publicHolidays: expected a state of ${place.country} that date-holidays knows, got "${place.state}"`,
      );
    calendar.init(place.country, place.state, place.region ?? '', options);
  }
  const spans: HolidaySpan[] = [];
  for (let year = years.from; year <= years.to; year++)
    for (const { name, start, end } of calendar.getHolidays(year, 'en'))
      spans.push({ name, from_ms: start.getTime(), to_ms: end.getTime() });
  return spans;
}
