import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import type { Kpi, KpiPoint, KpiValue } from '#analytics/kpis/kpi.ts';
import type { Tile } from '#lib/components/tile.ts';
import { formatMoney, formatNumber, formatParts, type FormattedNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { messageText } from '../message-text.ts';

export interface TileContext {
  readonly href: string;
  readonly currency: string;
  readonly asOfText: string;
  readonly isRunning: boolean;
  /** What it should be, in the KPI's unit; null when nobody said. */
  readonly target: number | null;
}

/** A KPI's value, its change and its last periods as a tile, every text in the reader's language. */
export function kpiTile(
  now: KpiValue,
  before: KpiValue,
  series: readonly KpiPoint[],
  context: TileContext,
): Tile {
  const kpi = kpiNamed(now.id);
  const { value, unit } = valueParts(kpi, now, context.currency);
  const change = changeOf(kpi, now, before);
  const notes = [
    now.value === null && now.count > 0 && now.open !== null && !now.tooFew
      ? m.overview_not_reached()
      : '',
    now.immature && now.value !== null ? m.overview_not_final() : '',
  ];
  return {
    id: kpi.id,
    name: kpiName(kpi),
    definition: kpiDefinition(kpi),
    href: context.href,
    value,
    unit: [unit, now.p90 === null ? '' : m.overview_p90({ value: formatNumber(now.p90, 'days') })]
      .filter((part) => part !== '')
      .join(' · '),
    isTooFew: now.tooFew,
    interval: intervalText(kpi, now),
    change,
    changeText: changeText(kpi, change, context.currency),
    note: notes.filter((note) => note !== '').join(' · '),
    better: kpi.better,
    series: series.map((point) => point.value),
    isRunning: context.isRunning,
    target: tileTarget(kpi, now, context),
    caption:
      intervalText(kpi, now) ||
      m.overview_rows_measured({ count: formatNumber(now.count, 'count') }),
    asOf: context.asOfText,
  };
}

/** Value and target on one scale from zero; a rate's ends at 100 %. */
function tileTarget(kpi: Kpi, now: KpiValue, { target, currency }: TileContext): Tile['target'] {
  if (target === null || now.value === null || now.tooFew) return null;
  const end = kpi.unit === 'fraction' ? 1 : Math.max(now.value, target) * 1.1;
  const percent = (value: number): number =>
    end <= 0 ? 0 : Math.round(Math.min(1, Math.max(0, value / end)) * 1e4) / 100;
  return {
    text: targetText(kpi, target, currency),
    value_percent: percent(now.value),
    target_percent: percent(target),
    isMet: kpi.better === 'lower' ? now.value <= target : now.value >= target,
  };
}

/** Target 95.0 % or more, Target 6.0 days or less. */
export function targetText(kpi: Kpi, target: number, currency: string): string {
  const value =
    kpi.unit === 'money'
      ? formatMoney(String(target), currency, { compact: true })
      : formatNumber(target, kpi.unit);
  if (kpi.better === 'context') return m.overview_target({ value });
  return kpi.better === 'lower'
    ? m.overview_target_or_less({ value })
    : m.overview_target_or_more({ value });
}

export const kpiName = (kpi: Kpi): string => messageText('kpi_', `${kpi.id}_name`, {}, kpi.name);
export const kpiDefinition = (kpi: Kpi): string =>
  messageText('kpi_', `${kpi.id}_definition`, {}, kpi.definition);

/** The value of a KPI with its unit apart; "too few" where a rate would mislead. */
export function valueParts(
  kpi: Kpi,
  found: Pick<KpiValue, 'value' | 'amount' | 'tooFew'>,
  currency: string,
): FormattedNumber {
  if (found.tooFew) return { value: m.shell_too_few(), unit: '' };
  if (kpi.unit === 'money') {
    return formatParts(found.amount ?? found.value, 'money', { currency, compact: true });
  }
  return formatParts(found.value, kpi.unit);
}

/** Difference in the KPI's unit; for money that flows the relative change. Null without a comparison. */
export function changeOf(kpi: Kpi, now: KpiValue, before: KpiValue): number | null {
  if (now.value === null || before.value === null) return null;
  if (!isRelative(kpi)) return now.value - before.value;
  return before.value === 0 ? null : (now.value - before.value) / Math.abs(before.value);
}

/** A flow of money grows by a share; what is open at a moment, and every rate, by a difference. */
const isRelative = (kpi: Kpi): boolean => kpi.unit === 'money' && kpi.kind !== 'snapshot';

export function changeText(kpi: Kpi, change: number | null, currency: string): string {
  if (change === null) return m.overview_no_comparison();
  if (isRelative(kpi)) return formatNumber(change, 'fraction', { signed: true });
  return differenceText(kpi, change, currency);
}

/** A difference in the KPI's own unit; rates differ by points. */
export function differenceText(kpi: Kpi, difference: number, currency: string): string {
  if (kpi.unit === 'money') {
    return formatMoney(difference.toFixed(2), currency, { signed: true, compact: true });
  }
  const unit = kpi.unit === 'fraction' ? 'points' : kpi.unit;
  return formatNumber(difference, unit, { signed: true });
}

function intervalText(kpi: Kpi, found: KpiValue): string {
  if (found.low === null || found.high === null) return '';
  return m.overview_interval({
    low: formatParts(found.low, kpi.unit).value,
    high: formatNumber(found.high, kpi.unit),
    count: formatNumber(found.count, 'count'),
  });
}
