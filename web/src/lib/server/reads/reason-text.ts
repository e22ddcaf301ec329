import type { Reason } from '#analytics/detectors/detector.ts';
import { formatDate, formatDateTime, formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { getLocale } from '#lib/paraglide/runtime.js';
import { rangePlaces, type RangePlaces } from '#lib/reason-range.ts';
import { messageText } from '../message-text.ts';

/** A reason in the reader's language, with its place beside what is usual. */
export interface ReasonView {
  readonly id: string;
  readonly text: string;
  /** What was seen and what is usual, in words; empty when the reason is not a number. */
  readonly now: string;
  readonly usual: string;
  readonly places: RangePlaces | null;
  readonly share: number;
}

/** What a reason's values are written with. */
export interface ReasonSetting {
  /** Of amounts that name no currency beside them. */
  readonly currency: string | null;
  readonly group_currency: string;
  readonly time_zone: string;
  /** Names behind the `_key` values. */
  readonly names: ReadonlyMap<string, string>;
}

/** A payment channel, or the way a change was asked for. */
export function channelText(channel: string): string {
  return messageText('payments_channel_', channel, {}, messageText('triage_through_', channel));
}

export function reasonView(reason: Reason, setting: ReasonSetting): ReasonView {
  const { actual, usual_low, usual_high, unit } = reason;
  const shown = (value: number): string => measureText(value, unit, setting);
  return {
    id: reason.id,
    text: reasonText(reason, setting),
    now: actual === null ? '' : shown(actual),
    usual: usualText(usual_low, usual_high, shown),
    places: rangePlaces({ actual, usual_low, usual_high }),
    share: reason.share,
  };
}

/** One sentence, e.g. "Bank account changed 2 days before the request". */
export function reasonText(reason: Reason, setting: ReasonSetting): string {
  return messageText('reason_', reason.id, valueTexts(reason, setting));
}

/** Keys of people and vendors in the reasons, to be looked up together. */
export function namedKeys(reasons: readonly Reason[]): string[] {
  const keys = reasons.flatMap((reason) =>
    Object.entries(reason.values).flatMap(([name, value]) =>
      name.endsWith('_key') ? [String(value)] : [],
    ),
  );
  return [...new Set(keys)];
}

function valueTexts(reason: Reason, setting: ReasonSetting): Record<string, string> {
  const currency = reason.values['currency'];
  const own = typeof currency === 'string' ? currency : setting.currency;
  return Object.fromEntries(
    Object.entries(reason.values).map(([name, value]) => [
      name,
      valueText(name, value, own, setting),
    ]),
  );
}

/** The last word of a value's name says how it is written. */
function valueText(
  name: string,
  value: string | number | null,
  currency: string | null,
  setting: ReasonSetting,
): string {
  if (value === null) return '–';
  const text = String(value);
  switch (name.split('_').at(-1)) {
    case 'amount':
      return formatMoney(text, currency);
    case 'at':
      return formatDateTime(utc(text), { timeZone: setting.time_zone });
    case 'on':
      return formatDate(text.slice(0, 10));
    case 'rate':
      return formatNumber(text, 'fraction');
    case 'days':
    case 'hours':
    case 'seconds':
    case 'count':
    case 'factor':
      return plainNumber(Number(text));
    case 'channel':
      return channelText(text);
    case 'key':
      return setting.names.get(text) ?? m.triage_unknown_person();
    default:
      return text;
  }
}

function measureText(value: number, unit: string, setting: ReasonSetting): string {
  switch (unit) {
    case 'group_currency':
      return formatMoney(String(value), setting.group_currency, { whole: true });
    case 'days':
    case 'working_days':
      return m.triage_unit_days({ value: plainNumber(value) });
    case 'hours':
      return m.triage_unit_hours({ value: plainNumber(value) });
    case 'seconds':
      return secondsText(value);
    case 'fraction':
    case 'rate':
      return formatNumber(value, 'fraction');
    default:
      return /^[A-Z]{3}$/.test(unit)
        ? formatMoney(String(value), unit, { whole: true })
        : plainNumber(value);
  }
}

function secondsText(seconds: number): string {
  if (seconds >= 2 * 86_400) return m.triage_unit_days({ value: plainNumber(seconds / 86_400) });
  if (seconds >= 7_200) return m.triage_unit_hours({ value: plainNumber(seconds / 3_600) });
  return m.triage_unit_minutes({ value: plainNumber(seconds / 60) });
}

function usualText(
  low: number | null,
  high: number | null,
  shown: (value: number) => string,
): string {
  if (low !== null && low === high) return m.triage_usual_is({ value: shown(low) });
  if (low !== null && high !== null) {
    return m.triage_usual_between({ low: shown(low), high: shown(high) });
  }
  if (low !== null) return m.triage_usual_from({ low: shown(low) });
  if (high !== null) return m.triage_usual_to({ high: shown(high) });
  return '';
}

function plainNumber(value: number): string {
  return new Intl.NumberFormat(getLocale() === 'en' ? 'en-GB' : getLocale(), {
    maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0,
  }).format(value);
}

/** DuckDB writes time stamps without a zone; ours are UTC. */
function utc(text: string): string {
  return /Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`;
}
