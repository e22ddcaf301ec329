import type { FiscalCalendar } from '#analytics/kpis/fiscal.ts';
import type { KpiScope } from '#analytics/kpis/kpi.ts';
import { addDays, readEntities, readPeriod, usualPreset, type Period } from '#lib/url-state.ts';
import { application } from './application.ts';
import { fiscalCalendar, fiscalRanges } from './fiscal-calendar.ts';
import type { Person } from './auth/person.ts';
import { companyKeys, dataReach } from './reads/frame.ts';

/** What a page shows: the period and entities of its URL, never more than the person may see. */
export interface PageScope extends KpiScope {
  readonly period: Period;
  /** The same entities in the period it is compared with. */
  readonly previous: KpiScope;
  /** Last day the data reaches; presets count back from it. */
  readonly anchor: string;
  /** How the company counts its year. */
  readonly calendar: FiscalCalendar;
}

/** Reads the scope of a page; entities outside the person's own give an empty list, which matches nothing. */
export async function pageScope(person: Person, url: URL): Promise<PageScope> {
  const { warehouse, state, asOf } = application();
  const [reach, calendar] = await Promise.all([dataReach(warehouse), fiscalCalendar(state)]);
  const anchor = reach?.last_day ?? asOf().slice(0, 10);
  const ranges = fiscalRanges(calendar, anchor);
  const period = readPeriod(url.searchParams, anchor, usualPreset(url.pathname), ranges);
  const asked = readEntities(url.searchParams);
  const known = asked.length === 0 ? [] : await companyKeys(warehouse);
  const company_keys = scopedCompanies(person, asked, known);
  const scope = { company_keys, asOf: asOf() };
  return {
    ...scope,
    from: period.from,
    to: period.to,
    period,
    previous: { ...scope, from: period.previous.from, to: period.previous.to },
    anchor,
    calendar,
  };
}

/** Entities asked for, within the person's own and those that exist; null is all of them. */
export function scopedCompanies(
  person: Pick<Person, 'company_keys'>,
  asked: readonly string[],
  known: readonly string[],
): readonly string[] | null {
  if (asked.length === 0) return person.company_keys;
  const own = person.company_keys ?? known;
  return asked.filter((key) => own.includes(key) && known.includes(key));
}

/** Whether the period's last day is still running, so that its end is drawn hatched. */
export const isRunning = (scope: PageScope): boolean => scope.to === addDays(scope.anchor, 1);
