/**
 * What the reader looks at lives in the URL: `?period=…&compare=…&entity=…`, so that every view can be mailed.
 * Days are UTC days as ISO text; `to` is exclusive everywhere, only texts show the last day.
 */
export const presets = [
  'last-7-days',
  'month-to-date',
  'last-month',
  'quarter-to-date',
  'year-to-date',
  'last-26-weeks',
  'last-12-months',
] as const;
export type Preset = (typeof presets)[number];
export const comparisons = ['previous', 'year'] as const;
export type Comparison = (typeof comparisons)[number];

export interface DayRange {
  readonly from: string;
  readonly to: string;
}
export interface Period extends DayRange {
  /** A preset, or `custom` for two days written out. */
  readonly id: Preset | 'custom';
  readonly comparison: Comparison;
  readonly previous: DayRange;
}

/** Days of a preset in the company's fiscal calendar, and those of the two comparisons. */
export interface FiscalRange extends DayRange {
  readonly previous: DayRange;
  readonly year: DayRange;
}
export type FiscalRanges = Readonly<Partial<Record<Preset, FiscalRange>>>;

const maximumDays = 3660;

/** A URL that is only read: `page.url` in the browser, `event.url` on the server. */
export interface ReadableUrl {
  readonly pathname: string;
  readonly searchParams: ReadableParameters;
}
type ReadableParameters = Pick<URLSearchParams, 'get' | 'toString'>;

/** The period a page opens with: approvals need a year to show a path, the rest the running month. */
export const usualPreset = (path: string): Preset =>
  path.startsWith('/approvals') ? 'last-12-months' : 'month-to-date';

/** Reads the period of a URL; `anchor` is the last day that data reaches, so a preset never depends on a clock. */
export function readPeriod(
  parameters: ReadableParameters,
  anchor: string,
  usual: Preset = 'month-to-date',
  fiscal: FiscalRanges = {},
): Period {
  const text = parameters.get('period') ?? daysOfForm(parameters) ?? usual;
  const comparison = comparisons.find((name) => name === parameters.get('compare')) ?? 'previous';
  const custom = readDays(text);
  const id = custom ? 'custom' : (presets.find((one) => one === text) ?? usual);
  const preset = id === 'custom' ? usual : id;
  const counted = custom ? undefined : fiscal[preset];
  if (counted !== undefined) {
    const { from, to, previous, year } = counted;
    return { id: preset, from, to, comparison, previous: comparison === 'year' ? year : previous };
  }
  const range = custom ?? presetRange(preset, anchor);
  return { id, ...range, comparison, previous: previousRange(id, range, comparison) };
}

/** Keys of the entities a URL asks for; empty means all that the person may see. */
export const readEntities = (parameters: ReadableParameters): string[] =>
  (parameters.get('entity') ?? '').split(',').filter((key) => /^[0-9a-f-]{36}$/i.test(key));

/** The same page with some parameters changed; null takes one away. Paging starts again. */
export function hrefWith(
  url: ReadableUrl,
  changes: Readonly<Record<string, string | null>>,
): string {
  const parameters = new URLSearchParams(url.searchParams.toString());
  parameters.delete('page');
  if (changes['period'] !== undefined) for (const name of ['from', 'to']) parameters.delete(name);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  const query = parameters.toString();
  return query === '' ? url.pathname : `${url.pathname}?${query}`;
}

/** Another page in the same period, comparison and entities. */
export function pageHref(path: string, url: ReadableUrl): string {
  const kept = new URLSearchParams();
  for (const name of ['period', 'from', 'to', 'compare', 'entity']) {
    const value = url.searchParams.get(name);
    if (value !== null) kept.set(name, value);
  }
  const query = kept.toString();
  return query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

/** The same day of another month; the last of that month where it is shorter. */
export function addMonths(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const length = new Date(
    Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0),
  ).getUTCDate();
  return new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), Math.min(date, length)))
    .toISOString()
    .slice(0, 10);
}

/** The two date fields of the period form, which works without JavaScript. */
function daysOfForm(parameters: ReadableParameters): string | null {
  const first = parameters.get('from');
  const last = parameters.get('to');
  return first === null || last === null ? null : `${first}..${last}`;
}

function readDays(text: string): DayRange | null {
  const match = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(text);
  const [, first = '', last = ''] = match ?? [];
  const isDay = (day: string): boolean => !Number.isNaN(Date.parse(day)) && addDays(day, 0) === day;
  if (!match || !isDay(first) || !isDay(last)) return null;
  const [from, to] = first <= last ? [first, addDays(last, 1)] : [last, addDays(first, 1)];
  return daysBetween(from, to) > maximumDays ? null : { from, to };
}

function presetRange(preset: Preset, anchor: string): DayRange {
  const to = addDays(anchor, 1);
  const month = `${anchor.slice(0, 7)}-01`;
  switch (preset) {
    case 'last-7-days':
      return { from: addDays(to, -7), to };
    case 'month-to-date':
      return { from: month, to };
    case 'last-month':
      return { from: addMonths(month, -1), to: month };
    case 'quarter-to-date':
      return { from: addMonths(month, -((Number(anchor.slice(5, 7)) - 1) % 3)), to };
    case 'year-to-date':
      return { from: `${anchor.slice(0, 4)}-01-01`, to };
    case 'last-26-weeks':
      return { from: addDays(to, -182), to };
    case 'last-12-months':
      return { from: addMonths(month, -11), to };
  }
}

/** To-date presets compare the same days one step back; the rest compare as many days just before. */
function previousRange(id: Period['id'], { from, to }: DayRange, comparison: Comparison): DayRange {
  const back = (months: number): DayRange => ({
    from: addMonths(from, -months),
    to: addDays(addMonths(addDays(to, -1), -months), 1),
  });
  if (comparison === 'year') return back(12);
  switch (id) {
    case 'month-to-date':
      return back(1);
    case 'last-month':
      return { from: addMonths(from, -1), to: from };
    case 'quarter-to-date':
      return back(3);
    case 'year-to-date':
    case 'last-12-months':
      return back(12);
    case 'last-7-days':
    case 'last-26-weeks':
    case 'custom':
      return { from: addDays(from, -daysBetween(from, to)), to: from };
  }
}
