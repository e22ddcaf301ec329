import { beforeAfter, type BeforeAfter } from '#analytics/kpis/before-after.ts';
import type { Kpi } from '#analytics/kpis/kpi.ts';
import { formatDate, formatNumber } from '#lib/format.ts';
import { application } from '../application.ts';
import { messageText } from '../message-text.ts';
import type { DeclaredChange } from '../state/declared-changes.ts';
import { differenceText, kpiName, valueParts } from './kpi-tile.ts';

/** What a declared change did to its KPI; null while no whole week has passed since. */
export async function readChangeEffect(
  kpi: Kpi,
  change: Pick<DeclaredChange, 'baseline' | 'starts_on'>,
): Promise<BeforeAfter | null> {
  const { warehouse, asOf } = application();
  const days = (Date.parse(asOf()) - Date.parse(`${change.starts_on}T00:00:00Z`)) / 86_400_000;
  return days < 7 ? null : beforeAfter(warehouse, kpi, { baseline: change.baseline, asOf: asOf() });
}

/** The plain sentence with its interval, and what the mix of before would have made of it. */
export function effectSentence(kpi: Kpi, { conclusion }: BeforeAfter): string {
  const currency = application().configuration.group_currency;
  const { values } = conclusion;
  const value = (found: number | null): string => {
    const parts = valueParts(kpi, { value: found, amount: null, tooFew: false }, currency);
    return `${parts.value} ${parts.unit}`.trim();
  };
  const difference = (found: number | null): string =>
    found === null ? value(null) : differenceText(kpi, found, currency);
  const sentence = messageText('kpi_', conclusion.id, {
    kpi: kpiName(kpi),
    before: value(values.before),
    after: value(values.after),
    difference: difference(values.difference),
    low: difference(values.low),
    high: difference(values.high),
    before_count: formatNumber(values.before_count, 'count'),
    after_count: formatNumber(values.after_count, 'count'),
  });
  const adjusted =
    values.adjusted === null || conclusion.id === 'effect_not_assessable'
      ? ''
      : messageText('kpi_', 'effect_adjusted', { adjusted: difference(values.adjusted) });
  return `${sentence} ${adjusted}`.trim();
}

/** A week of the control chart in words; `rules` says which signs of change it completes. */
export interface EffectWeek {
  readonly week: string;
  readonly value: number | null;
  readonly text: string;
  readonly count: string;
  readonly rules: string;
  readonly is_after: boolean;
  readonly in_estimate: boolean;
}

export function effectWeeks(kpi: Kpi, effect: BeforeAfter): EffectWeek[] {
  const currency = application().configuration.group_currency;
  const signals = effect.chart?.signals ?? [];
  let place = 0;
  return effect.weeks.map(({ from, week, value, count, in_estimate }) => {
    const completed = value !== null && in_estimate ? (signals[place++] ?? []) : [];
    const parts = valueParts(kpi, { value, amount: null, tooFew: false }, currency);
    return {
      week: formatDate(from, { year: false }),
      value,
      text: `${parts.value} ${parts.unit}`.trim(),
      count: formatNumber(count, 'count'),
      rules: completed.map((rule) => messageText('goals_rule_', rule)).join(' · '),
      is_after: week >= 0,
      in_estimate,
    };
  });
}
