import * as v from 'valibot';
import {
  calendarYear,
  comparedScope,
  fiscalPeriodOf,
  type FiscalCalendar,
  type FiscalGrain,
} from '#analytics/kpis/fiscal.ts';
import type { FiscalRange, Preset } from '#lib/url-state.ts';
import { addDays } from '#lib/url-state.ts';
import type { Person } from './auth/person.ts';
import { appendAudit } from './state/audit.ts';
import type { Queries, State } from './state/database.ts';
import { readSetting, saveSetting } from './state/settings.ts';

const settingName = 'fiscal_calendar';
const month = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(12));
const schema = v.variant('kind', [
  v.strictObject({ kind: v.literal('months'), first_month: month }),
  v.strictObject({
    kind: v.literal('weeks'),
    pattern: v.picklist(['4-4-5', '4-5-4', '5-4-4']),
    month,
    weekday: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7)),
    ends: v.picklist(['last', 'nearest']),
  }),
]);

/** How the company counts its year; the calendar year until somebody says otherwise. */
export async function fiscalCalendar(queries: Queries): Promise<FiscalCalendar> {
  const found = await readSetting<unknown>(queries, settingName);
  return found === null ? calendarYear : v.parse(schema, found);
}

/** A calendar from what was typed; null when it is none. */
export function readCalendar(typed: unknown): FiscalCalendar | null {
  const parsed = v.safeParse(schema, typed);
  return parsed.success ? parsed.output : null;
}

export const isCalendarYear = (calendar: FiscalCalendar): boolean =>
  calendar.kind === 'months' && calendar.first_month === 1;

/** Changes the calendar for everybody, with its audit row. */
export function saveCalendar(
  state: State,
  person: Person,
  calendar: FiscalCalendar,
): Promise<void> {
  return state.transaction(async (queries) => {
    const before = await fiscalCalendar(queries);
    await saveSetting(queries, settingName, { ...calendar });
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'fiscal_calendar.set',
      subject: settingName,
      before: { ...before },
      after: { ...calendar },
    });
  });
}

/** Presets that a fiscal calendar moves, and the period of it each one begins with. */
const presetGrains = {
  'month-to-date': 'period',
  'last-month': 'period',
  'quarter-to-date': 'quarter',
  'year-to-date': 'year',
} as const satisfies Partial<Record<Preset, FiscalGrain>>;

/** The days of the presets in a fiscal calendar, with what they are compared with; none of the calendar year. */
export function fiscalRanges(
  calendar: FiscalCalendar,
  anchor: string,
): Partial<Record<Preset, FiscalRange>> {
  if (isCalendarYear(calendar)) return {};
  return Object.fromEntries(
    Object.entries(presetGrains).map(([preset, grain]) => {
      const running = fiscalPeriodOf(calendar, anchor, grain);
      const last = fiscalPeriodOf(calendar, addDays(running.from, -1), grain);
      const { from, to } =
        preset === 'last-month' ? last : { from: running.from, to: addDays(anchor, 1) };
      const scope = { company_keys: null, asOf: anchor, from, to };
      const days = (against: 'prior_period' | 'prior_year'): { from: string; to: string } => {
        const { from: first, to: end } = comparedScope(scope, against, calendar);
        return { from: first, to: end };
      };
      return [preset, { from, to, previous: days('prior_period'), year: days('prior_year') }];
    }),
  );
}
