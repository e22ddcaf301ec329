import type { WeekHour } from '#analytics/process/hours.ts';

export interface WeekGrid {
  readonly weekdays: readonly number[];
  readonly hours: readonly number[];
  readonly rows: readonly {
    readonly step: string;
    readonly events: number;
    /** By weekday, then hour: share of the step's events, and its shade from 0 to 5. */
    readonly cells: readonly { readonly share: number; readonly shade: number }[];
  }[];
  /** Share of all events outside the days and hours shown. */
  readonly outside: number;
}

const fullShade = 0.15;
const shades = 5;
const worthShowing = 0.01;

/**
 * Events of the local week as a grid of shares per step: weekdays always, Saturday and Sunday when
 * they hold 1 % of the events, and the span of hours that hold as much.
 */
export function weekGrid(found: readonly WeekHour[], steps: readonly string[]): WeekGrid {
  const shown = found.filter(({ step }) => steps.includes(step));
  const total = sumOf(shown);
  const weekdays = [1, 2, 3, 4, 5, 6, 7].filter(
    (day) =>
      day <= 5 || sumOf(shown.filter(({ weekday }) => weekday === day)) > total * worthShowing,
  );
  const busy = range(0, 23).filter(
    (hour) => sumOf(shown.filter((slot) => slot.hour === hour)) > total * worthShowing,
  );
  const hours = busy.length === 0 ? range(8, 17) : range(Math.min(...busy), Math.max(...busy));
  const rows = steps.flatMap((step) => {
    const ofStep = shown.filter((slot) => slot.step === step);
    const events = sumOf(ofStep);
    if (events === 0) return [];
    const cells = weekdays.flatMap((weekday) =>
      hours.map((hour) => {
        const here = sumOf(ofStep.filter((slot) => slot.weekday === weekday && slot.hour === hour));
        const share = here / events;
        const shade =
          here === 0 ? 0 : Math.max(1, Math.min(shades, Math.ceil((share / fullShade) * shades)));
        return { share, shade };
      }),
    );
    return [{ step, events, cells }];
  });
  const inside = sumOf(
    shown.filter(({ weekday, hour }) => weekdays.includes(weekday) && hours.includes(hour)),
  );
  return { weekdays, hours, rows, outside: total === 0 ? 0 : 1 - inside / total };
}

const sumOf = (slots: readonly WeekHour[]): number =>
  slots.reduce((sum, { events }) => sum + events, 0);

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
