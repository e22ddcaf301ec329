import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import type { Kpi, KpiPoint, KpiValue } from '#analytics/kpis/kpi.ts';
import type { Tile } from '#lib/components/tile.ts';
import { formatNumber, formatParts, type FormattedNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { messageText } from '../message-text.ts';

export interface TileContext {
  readonly href: string;
  readonly currency: string;
  readonly asOfText: string;
  readonly isRunning: boolean;
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
    changeText: changeText(kpi, change),
    note: now.immature ? m.overview_not_final() : '',
    better: kpi.better,
    series: series.map((point) => point.value),
    isRunning: context.isRunning,
    target: null,
    caption:
      intervalText(kpi, now) ||
      m.overview_rows_measured({ count: formatNumber(now.count, 'count') }),
    asOf: context.asOfText,
  };
}

export const kpiName = (kpi: Kpi): string => messageText(`kpi_${kpi.id}_name`, {}, kpi.name);
export const kpiDefinition = (kpi: Kpi): string =>
  messageText(`kpi_${kpi.id}_definition`, {}, kpi.definition);

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

/** Difference in the KPI's unit; for sums of money the relative change. Null without a comparison. */
export function changeOf(kpi: Kpi, now: KpiValue, before: KpiValue): number | null {
  if (now.value === null || before.value === null) return null;
  if (kpi.unit !== 'money') return now.value - before.value;
  return before.value === 0 ? null : (now.value - before.value) / Math.abs(before.value);
}

export function changeText(kpi: Kpi, change: number | null): string {
  if (change === null) return m.overview_no_comparison();
  if (kpi.unit === 'money') return formatNumber(change, 'fraction', { signed: true });
  if (kpi.unit === 'fraction') return formatNumber(change, 'points', { signed: true });
  return formatNumber(change, kpi.unit, { signed: true });
}

function intervalText(kpi: Kpi, found: KpiValue): string {
  if (found.low === null || found.high === null) return '';
  return m.overview_interval({
    low: formatParts(found.low, kpi.unit).value,
    high: formatNumber(found.high, kpi.unit),
    count: formatNumber(found.count, 'count'),
  });
}
