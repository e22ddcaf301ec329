import type { Parameter, Queryable, Row } from '../table.ts';
import type { Kpi, KpiFilters, KpiScope } from './kpi.ts';
import { asOfDay, periodEnd, snapshotDay } from './period.ts';
import { companyPredicate, filterPredicate, relationOf, type Values } from './selection.ts';

/** Which rows to show; at most 1,000 at a time. */
export interface KpiRowsPage {
  readonly limit: number;
  readonly offset: number;
  readonly filters?: KpiFilters;
  /** Of a rate: the rows in the numerator, or those only in the denominator. */
  readonly only?: 'numerator' | 'rest';
}

/**
 * The rows a number is made of.
 *
 * Each row has the relation's columns, `company_name` and `vendor_name` where there are any, and
 *   kpi_count        its share of the number's `count`
 *   kpi_numerator    its share of the numerator or sum, exact text; null when unknown
 *   kpi_denominator  its share of the denominator, exact text
 *   kpi_days         duration: its length; snapshot: its age
 *   kpi_is_open      duration and snapshot: not ended
 */
export interface KpiRows {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Of all pages: equal to the sums behind the number. */
  readonly row_count: number;
  readonly count: number;
  readonly numerator: string | null;
  readonly denominator: string | null;
}

/** One page of the rows that sum exactly to a KPI, the weightiest first, ties by key. */
export async function kpiRows(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  page: KpiRowsPage,
): Promise<KpiRows> {
  if (!(page.limit >= 0 && page.limit <= 1_000))
    throw new RangeError(`kpiRows: expected a limit of 0 to 1,000, got ${page.limit}; page on`);
  const { columns, counted, sql, values } = kpiRowsStatement(kpi, scope, page);
  const [totals, rows] = await Promise.all([
    warehouse.rows(
      `select count(*)::BIGINT as row_count, sum(kpi_count)::BIGINT as kpi_count,
        sum(kpi_numerator)::DECIMAL(38,4)::VARCHAR as kpi_numerator,
        sum(kpi_denominator)::DECIMAL(38,4)::VARCHAR as kpi_denominator
      from (${counted})`,
      values,
    ),
    warehouse.rows(sql, values),
  ]);
  return {
    columns,
    rows: rows.map(({ kpi_weight: _weight, ...row }) => row),
    row_count: Number(totals[0]?.['row_count'] ?? 0),
    count: Number(totals[0]?.['kpi_count'] ?? 0),
    numerator: textOrNull(totals[0]?.['kpi_numerator']),
    denominator: textOrNull(totals[0]?.['kpi_denominator']),
  };
}

/** What `kpiRows` runs, for exports that read the rows as a stream. */
export interface KpiRowsStatement {
  readonly columns: readonly string[];
  /** All rows behind the number, in no order and without names. */
  readonly counted: string;
  /** The page of them that was asked for. */
  readonly sql: string;
  readonly values: Readonly<Record<string, Parameter>>;
}

/** The statement of the rows that sum exactly to a KPI; its `limit` is not bounded here. */
export function kpiRowsStatement(kpi: Kpi, scope: KpiScope, page: KpiRowsPage): KpiRowsStatement {
  const relation = relationOf(kpi);
  const values: Values = {};
  const counted = countedRows(kpi, scope, page, values);
  const names = ['company', 'vendor'].filter((name) => relation.columns.includes(`${name}_key`));
  const sql = `select counted.*${names.map((name) => `, ${name}.name as ${name}_name`).join('')}
    from (
      select ${[relation.key, ...relation.columns.filter((name) => name !== relation.key)].join(', ')},
        kpi_count, kpi_numerator::VARCHAR as kpi_numerator, kpi_denominator::VARCHAR as kpi_denominator,
        kpi_days, kpi_is_open, kpi_weight
      from (${counted})
      order by kpi_weight desc nulls last, ${relation.key}
      limit ${Math.trunc(page.limit)} offset ${Math.trunc(page.offset)}
    ) counted
    ${names.map((name) => `left join ${name} on ${name}.${name}_key = counted.${name}_key`).join('\n')}
    order by kpi_weight desc nulls last, counted.${relation.key}`;
  const columns = [...relation.columns, ...names.map((name) => `${name}_name`)];
  return { columns, counted, sql, values };
}

function countedRows(kpi: Kpi, scope: KpiScope, page: KpiRowsPage, values: Values): string {
  const { count, numerator, denominator, of } = kpi.measure;
  const relation = relationOf(kpi);
  const amount = of === 'greatest' ? null : numerator;
  const { within, days, isOpen } = clockSql(kpi, scope, values);
  const only = { numerator: `and ${amount ?? count} <> 0`, rest: `and ${amount ?? count} = 0` };
  return `select *, ${count} as kpi_count, ${amount ?? 'null'}::DECIMAL(38,4) as kpi_numerator,
      ${denominator ?? 'null'}::DECIMAL(38,4) as kpi_denominator,
      ${days} as kpi_days, ${isOpen} as kpi_is_open,
      ${amount ? `abs(${amount})::DOUBLE` : days} as kpi_weight
    from ${relation.sql}
    where ${within} and ${count} > 0 ${page.only === undefined ? '' : only[page.only]}
      and ${companyPredicate(scope, values, relation)}
      and ${filterPredicate(kpi, page.filters ?? {}, values)}`;
}

function clockSql(
  kpi: Kpi,
  scope: KpiScope,
  values: Values,
): { within: string; days: string; isOpen: string } {
  const { clock, ended, of } = kpi.measure;
  if (of === 'greatest') return { within: 'true', days: 'null::BIGINT', isOpen: 'null::BOOLEAN' };
  if (kpi.kind === 'snapshot') {
    values['moment'] = snapshotDay(scope);
    return {
      within: `${clock} < $moment::DATE and coalesce(${ended}, '9999-12-31'::DATE) >= $moment::DATE`,
      days: `greatest(0, $moment::DATE - 1 - ${clock})::BIGINT`,
      isOpen: 'true',
    };
  }
  values['from'] = scope.from;
  values['to'] = periodEnd(kpi, scope);
  const within = `${clock} >= $from::DATE and ${clock} < $to::DATE`;
  if (kpi.kind !== 'duration') return { within, days: 'null::BIGINT', isOpen: 'null::BOOLEAN' };
  values['as_of_day'] = asOfDay(scope);
  return {
    within,
    days: `greatest(0, coalesce(${ended}, $as_of_day::DATE) - ${clock})::BIGINT`,
    isOpen: `${ended} is null`,
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
