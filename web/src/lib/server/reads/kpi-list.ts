import { kpis, type KpiId } from '#analytics/kpis/catalogue.ts';
import { notMeasured } from '#analytics/kpis/not-measured.ts';
import { kpiValues } from '#analytics/kpis/query.ts';
import { formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { pageHref, type ReadableUrl } from '#lib/url-state.ts';
import { application } from '../application.ts';
import { messageText } from '../message-text.ts';
import type { PageScope } from '../scope.ts';
import { listTargets, targetsFor } from '../state/targets.ts';
import {
  changeOf,
  changeText,
  kpiDefinition,
  kpiName,
  targetText,
  valueParts,
} from './kpi-tile.ts';

/** Groups of the list, by the question a reader comes with; every KPI of the catalogue is in one. */
const groups = {
  speed: [
    'invoice_cycle_time',
    'receipt_to_entry',
    'receipt_to_ready',
    'approval_cycle_time',
    'throughput_time',
    'step_wait',
    'late_task_rate',
    'queue_length',
    'queue_age',
  ],
  punctuality: [
    'on_time_rate',
    'days_late',
    'days_early',
    'days_to_pay',
    'payment_terms',
    'terms_gap',
    'paid_within_30_days',
    'paid_after_60_days',
    'overdue_amount',
    'statutory_late_amount',
    'late_interest',
    'days_payable_outstanding',
  ],
  money: [
    'paid_amount',
    'discount_capture',
    'discount_capture_count',
    'discount_missed',
    'fee_cost',
    'exchange_cost',
    'payments_per_vendor',
    'payments_per_run',
    'electronic_rate',
    'off_cycle_rate',
  ],
  effort: [
    'touchless_rate',
    'touches_per_invoice',
    'first_pass_yield',
    'exception_rate',
    'exception_events',
    'rework_rate',
    'rejection_rate',
    'delegation_rate',
    'approver_throughput',
    'top_approver_share',
  ],
  control: [
    'open_exposure',
    'duplicate_rate',
    'duplicate_amount',
    'protected_amount',
    'alert_rate',
    'alert_precision',
    'segregation_breaches',
    'quick_approval_rate',
    'below_limit_findings',
    'verified_change_rate',
    'payment_error_rate',
    'error_free_rate',
    'return_rate',
  ],
  data: [
    'reconciliation_rate',
    'bank_line_match_rate',
    'unmatched_age',
    'unmatched_amount',
    'overdrawn_rate',
    'load_pass_rate',
    'tie_out_difference',
    'sync_lag',
  ],
} as const satisfies Record<string, readonly KpiId[]>;
export const kpiGroups = Object.keys(groups) as (keyof typeof groups)[];
export type KpiGroup = (typeof kpiGroups)[number];

/** KPIs in no group: none; a test holds it so. */
export const ungroupedKpis = (): string[] => {
  const grouped = new Set<string>(Object.values(groups).flat());
  return kpis.map(({ id }) => id).filter((id) => !grouped.has(id));
};

export interface KpiListRow {
  readonly id: string;
  readonly name: string;
  readonly definition: string;
  readonly href: string;
  readonly value: string;
  readonly change: number | null;
  readonly change_text: string;
  readonly better: 'higher' | 'lower' | 'context';
  readonly target: string;
  readonly count: string;
  readonly is_young: boolean;
}

export interface KpiList {
  readonly groups: readonly {
    readonly id: KpiGroup;
    readonly name: string;
    readonly rows: readonly KpiListRow[];
  }[];
  readonly found: number;
  readonly total: number;
  readonly not_measured: readonly { readonly name: string; readonly missing: string }[];
}

/** All KPIs by group, narrowed to one group or to those whose name or definition has the words. */
export async function readKpiList(
  scope: PageScope,
  url: ReadableUrl,
  asked: { readonly group: KpiGroup | null; readonly search: string },
): Promise<KpiList> {
  const { warehouse, state, configuration } = application();
  const currency = configuration.group_currency;
  const words = asked.search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const isFound = (id: string): boolean => {
    const kpi = kpis.find((one) => one.id === id);
    const text = kpi ? `${kpiName(kpi)} ${kpiDefinition(kpi)} ${kpi.name}`.toLocaleLowerCase() : '';
    return words.every((word) => text.includes(word));
  };
  const shown = kpiGroups
    .filter((group) => asked.group === null || group === asked.group)
    .map((id) => ({ id, ids: groups[id].filter(isFound) }))
    .filter(({ ids }) => ids.length > 0);
  const ids = shown.flatMap((group) => group.ids);
  const [now, before, targets] = await Promise.all([
    kpiValues(warehouse, ids, scope),
    kpiValues(warehouse, ids, scope.previous),
    listTargets(state, scope.company_keys),
  ]);
  const held = targetsFor(targets, scope.company_keys);
  const row = (id: string): KpiListRow[] => {
    const [kpi, place] = [kpis.find((one) => one.id === id), ids.indexOf(id as KpiId)];
    const [value, previous] = [now[place], before[place]];
    if (!kpi || !value || !previous) return [];
    const { value: number, unit } = valueParts(kpi, value, currency);
    const change = value.tooFew || previous.tooFew ? null : changeOf(kpi, value, previous);
    const target = held.get(id);
    return [
      {
        id,
        name: kpiName(kpi),
        definition: kpiDefinition(kpi),
        href: pageHref(`/overview/kpi/${id}`, url),
        value: `${number} ${unit}`.trim(),
        change,
        change_text: changeText(kpi, change, currency),
        better: kpi.better,
        target: target === undefined ? '' : targetText(kpi, target, currency),
        count: m.overview_n({ count: formatNumber(value.count, 'count') }),
        is_young: value.immature && value.value !== null,
      },
    ];
  };
  return {
    groups: shown.map((group) => ({
      id: group.id,
      name: messageText('overview_group_', group.id),
      rows: group.ids.flatMap(row),
    })),
    found: ids.length,
    total: kpis.length,
    not_measured: notMeasured.map(({ name }, place) => ({
      name: messageText('kpi_not_measured_', `${place + 1}_name`, {}, name),
      missing: messageText(
        'kpi_not_measured_',
        `${place + 1}_missing`,
        {},
        notMeasured[place]?.missing ?? '',
      ),
    })),
  };
}
