import type { Queryable, Row } from '../table.ts';
import { comparedScope, calendarYear, type Comparison, type FiscalCalendar } from './fiscal.ts';
import type { Kpi, KpiFilters, KpiScope, KpiValue } from './kpi.ts';
import { asOfDay, isIncomplete } from './period.ts';
import { kpiValue } from './query.ts';
import { companyPredicate, type Values } from './selection.ts';

/** With what a value is compared; a target is given in the KPI's unit. */
export type Against = Comparison | { readonly target: number };

/**
 * A KPI's value beside another one.
 *
 * difference  value less reference; null when either is unknown
 * relative    difference / reference without sign; null at a reference of 0
 * is_better   null when equal, unknown, or of a KPI without a better direction
 * incomplete  the period is not over: the reference holds as many days
 */
export interface KpiComparison {
  readonly value: KpiValue;
  readonly reference: number | null;
  /** The earlier value with its interval; null for a target. */
  readonly reference_value: KpiValue | null;
  readonly difference: number | null;
  readonly relative: number | null;
  readonly is_better: boolean | null;
  readonly incomplete: boolean;
}

/** Compares a KPI with the prior period, the prior year or a target. */
export async function kpiComparison(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  options: {
    readonly against: Against;
    readonly calendar?: FiscalCalendar;
    readonly filters?: KpiFilters;
  },
): Promise<KpiComparison> {
  const { against, calendar = calendarYear, filters = {} } = options;
  const [value, reference_value] = await Promise.all([
    kpiValue(warehouse, kpi, scope, filters),
    typeof against === 'string'
      ? kpiValue(warehouse, kpi, comparedScope(scope, against, calendar), filters)
      : null,
  ]);
  const reference = typeof against === 'string' ? (reference_value?.value ?? null) : against.target;
  const difference = value.value === null || reference === null ? null : value.value - reference;
  return {
    value,
    reference,
    reference_value,
    difference,
    relative:
      difference === null || reference === null || reference === 0
        ? null
        : difference / Math.abs(reference),
    is_better:
      difference === null || difference === 0 || kpi.better === 'context'
        ? null
        : difference > 0 === (kpi.better === 'higher'),
    incomplete: isIncomplete(scope, scope),
  };
}

/** Tables whose days say how far the data reaches. */
const reaching = [
  ['kpi_received_day', 'received_on'],
  ['kpi_request_day', 'requested_on'],
  ['kpi_decision_day', 'decided_on'],
  ['kpi_payment_day', 'executed_on'],
] as const;

/**
 * Last day on which anything happened that these entities' data tells of, not after `asOf`.
 *
 * Errors  null when there is no data; days after `asOf` are wrong stamps and do not count
 */
export async function latestDataDay(
  warehouse: Queryable,
  scope: Pick<KpiScope, 'company_keys' | 'asOf'>,
): Promise<string | null> {
  const values: Values = { as_of_day: asOfDay({ ...scope, from: '', to: '' }) };
  const days = reaching.map(
    ([table, day]) =>
      `select max(${day}) as day from ${table}
      where ${day} <= $as_of_day::DATE and ${companyPredicate(scope, values)}`,
  );
  const [row]: Row[] = await warehouse.rows(
    `select max(day)::VARCHAR as day from (${days.join(' union all ')})`,
    values,
  );
  return typeof row?.['day'] === 'string' ? row['day'] : null;
}
