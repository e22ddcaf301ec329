/**
 * Numbers, money and times as people read them, in English and Simplified Chinese.
 * Money comes as exact decimal text and never passes through a float.
 */
import { getLocale, type Locale } from '#lib/paraglide/runtime.js';

export type Unit =
  | 'fraction'
  | 'days'
  | 'hours'
  | 'seconds'
  | 'money'
  | 'count'
  | 'number'
  | 'basis_points'
  | 'points';

export interface FormatOptions {
  readonly locale?: Locale;
  /** ISO 4217; needed for `money`. */
  readonly currency?: string;
  /** Shorten large amounts and counts: €18.4M, 1842万. */
  readonly compact?: boolean;
  /** Write + before what is greater than zero. */
  readonly signed?: boolean;
}

/** A number in two parts, so that a tile can draw its unit smaller. */
export interface FormattedNumber {
  readonly value: string;
  readonly unit: string;
}

const intlLocale: Record<Locale, string> = { en: 'en-GB', 'zh-CN': 'zh-CN' };
const english = {
  days: 'days',
  hours: 'hours',
  minutes: 'min',
  basis_points: 'bps',
  points: 'pp',
};
const chinese = {
  days: '天',
  hours: '小时',
  minutes: '分钟',
  basis_points: '个基点',
  points: '个百分点',
};
const unitWords: Record<Locale, typeof english> = { en: english, 'zh-CN': chinese };
const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** What stands where a value is unknown; never 0. */
export const unknownMark = '–';

/** The one function that turns a number and its unit into text: 93.1 %, 7.3 days, 4.6 bps. */
export function formatNumber(
  value: number | string | null,
  unit: Unit,
  options: FormatOptions = {},
): string {
  const parts = formatParts(value, unit, options);
  if (parts.unit === '') return parts.value;
  const joined = options.locale ?? getLocale();
  return joined === 'zh-CN' ? parts.value + parts.unit : `${parts.value} ${parts.unit}`;
}

export function formatParts(
  value: number | string | null,
  unit: Unit,
  options: FormatOptions = {},
): FormattedNumber {
  if (value === null || value === '' || Number.isNaN(value))
    return { value: unknownMark, unit: '' };
  const locale = options.locale ?? getLocale();
  if (unit === 'money') return moneyParts(String(value), options);
  if (unit === 'fraction') {
    return { value: plain(Number(value) * 100, 1, locale, options), unit: '%' };
  }
  if (unit === 'points') {
    return {
      value: plain(Number(value) * 100, 1, locale, options),
      unit: unitWords[locale].points,
    };
  }
  if (unit === 'count') return { value: plain(value, 0, locale, options), unit: '' };
  if (unit === 'number') return { value: plain(value, 1, locale, options), unit: '' };
  if (unit === 'seconds') return durationParts(Number(value), locale, options);
  return { value: plain(value, 1, locale, options), unit: unitWords[locale][unit] };
}

/** A tick of an axis: as few digits as it needs; the unit stands in the head of the chart. */
export function formatTick(value: number, unit: Unit, localeGiven?: Locale): string {
  const locale = localeGiven ?? getLocale();
  if (unit === 'money') {
    return formatMoney(String(value), null, { locale, compact: true, whole: true });
  }
  if (unit === 'seconds') return formatDuration(value, { locale });
  const shown = unit === 'fraction' || unit === 'points' ? value * 100 : value;
  const format = new Intl.NumberFormat(intlLocale[locale], { maximumFractionDigits: 2 });
  return realMinus(format.format(shown));
}

export interface MoneyOptions extends FormatOptions {
  /** Without the minor unit. */
  readonly whole?: boolean;
}

/** Money from exact decimal text: €184,300.00, CN¥742,156.40; without a currency a plain amount. */
export function formatMoney(
  amount: string | null,
  currency?: string | null,
  options: MoneyOptions = {},
): string {
  if (amount === null || amount === '') return unknownMark;
  const { value, unit } = moneyParts(amount, { ...options, currency: currency ?? '' });
  return value + unit;
}

/** The amount, and apart from it the word for millions when it is shortened. */
function moneyParts(amount: string, options: MoneyOptions): FormattedNumber {
  const { currency = '', whole = false, compact = false } = options;
  const digits = whole ? 0 : currency === '' ? 2 : undefined;
  const format = new Intl.NumberFormat(intlLocale[options.locale ?? getLocale()], {
    ...(currency === '' ? {} : { style: 'currency', currency }),
    ...(digits === undefined
      ? {}
      : { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    ...(compact ? compactDigits(amount, whole) : {}),
    signDisplay: options.signed === true ? 'exceptZero' : 'auto',
  });
  let value = '';
  let unit = '';
  for (const part of format.formatToParts(amount as Intl.StringNumericLiteral)) {
    if (part.type === 'compact') unit = part.value === 'm' ? 'M' : part.value;
    else value += part.value;
  }
  return { value: realMinus(value), unit };
}

/** A length of time in the unit that suits it: 6 min, 4.1 hours, 3.2 days. */
export const formatDuration = (seconds: number | null, options: FormatOptions = {}): string =>
  formatNumber(seconds, 'seconds', options);

/** 19 Nov 2026 · 2026年11月19日, from an ISO date or time. */
export function formatDate(
  iso: string | null,
  options: { locale?: Locale; timeZone?: string; year?: boolean } = {},
): string {
  if (iso === null || iso === '') return unknownMark;
  const locale = options.locale ?? getLocale();
  const { year, month, day } = dayParts(iso, options.timeZone ?? 'UTC');
  const withYear = options.year ?? true;
  if (locale === 'zh-CN') return `${withYear ? `${year}年` : ''}${month}月${day}日`;
  return `${day} ${monthNames[month - 1] ?? ''}${withYear ? ` ${year}` : ''}`;
}

/** November · 十一月, from 1 to 12. */
export function formatMonth(month: number, localeGiven?: Locale): string {
  const format = new Intl.DateTimeFormat(intlLocale[localeGiven ?? getLocale()], {
    month: 'long',
    timeZone: 'UTC',
  });
  return format.format(new Date(Date.UTC(2024, month - 1, 1)));
}

/** 14:12, 24 hours, in the given zone. */
export function formatTime(iso: string | null, timeZone = 'UTC'): string {
  if (iso === null || iso === '') return unknownMark;
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(
    new Date(iso),
  );
}

/** 19 Nov 2026, 14:12 · 2026年11月19日 14:12. */
export function formatDateTime(
  iso: string | null,
  options: { locale?: Locale; timeZone?: string; year?: boolean } = {},
): string {
  if (iso === null || iso === '') return unknownMark;
  const locale = options.locale ?? getLocale();
  const separator = locale === 'zh-CN' ? ' ' : ', ';
  return formatDate(iso, options) + separator + formatTime(iso, options.timeZone);
}

/** 1–19 Nov 2026 · 2026年11月1日–19日; both days included. */
export function formatDayRange(first: string, last: string, localeGiven?: Locale): string {
  const locale = localeGiven ?? getLocale();
  const a = dayParts(first, 'UTC');
  const b = dayParts(last, 'UTC');
  const sameYear = a.year === b.year;
  const sameMonth = sameYear && a.month === b.month;
  if (first === last) return formatDate(first, { locale });
  if (locale === 'zh-CN') {
    const end = sameMonth ? `${b.day}日` : formatDate(last, { locale, year: !sameYear });
    return `${formatDate(first, { locale })}–${end}`;
  }
  if (sameMonth) return `${a.day}–${formatDate(last, { locale })}`;
  return `${formatDate(first, { locale, year: !sameYear })} – ${formatDate(last, { locale })}`;
}

function durationParts(seconds: number, locale: Locale, options: FormatOptions): FormattedNumber {
  const words = unitWords[locale];
  const length = Math.abs(seconds);
  if (length < 3_600)
    return { value: plain(seconds / 60, 0, locale, options), unit: words.minutes };
  if (length < 86_400)
    return { value: plain(seconds / 3_600, 1, locale, options), unit: words.hours };
  return { value: plain(seconds / 86_400, 1, locale, options), unit: words.days };
}

function plain(
  value: number | string,
  digits: number,
  locale: Locale,
  options: FormatOptions,
): string {
  const number = Number(value);
  const format = new Intl.NumberFormat(intlLocale[locale], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    ...(options.compact === true ? compactDigits(String(number)) : {}),
    signDisplay: options.signed === true ? 'exceptZero' : 'negative',
  });
  return realMinus(format.format(number));
}

/** Three significant digits from ten thousand on, fewer for round ones; smaller values keep theirs. */
function compactDigits(amount: string, isRound = false): Intl.NumberFormatOptions {
  const whole = amount.replace(/^[-+]/, '').split('.')[0] ?? '';
  if (whole.length < 5) return {};
  return {
    notation: 'compact',
    minimumFractionDigits: undefined,
    maximumFractionDigits: undefined,
    minimumSignificantDigits: isRound ? 1 : 3,
    maximumSignificantDigits: 3,
  };
}

const realMinus = (text: string): string => text.replace(/-/g, '−');

function dayParts(iso: string, timeZone: string): { year: number; month: number; day: number } {
  if (/^\d{4}-\d{2}-\d{2}$/.test(iso)) {
    const [year = 0, month = 0, day = 0] = iso.split('-').map(Number);
    return { year, month, day };
  }
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    timeZone,
  }).formatToParts(new Date(iso));
  const part = (type: string): number => Number(parts.find((found) => found.type === type)?.value);
  return { year: part('year'), month: part('month'), day: part('day') };
}
