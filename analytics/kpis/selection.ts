import type { Parameter } from '../table.ts';
import type { Kpi, KpiDimension, KpiFilters, KpiGrain, KpiRelation, KpiScope } from './kpi.ts';
import { checkedDay, type Period } from './period.ts';
import { kpiRelations, kpiRollups } from './relation.ts';

/** How a KPI is split: not at all, by time, by periods of one's own, or by a dimension. */
export type Split =
  | { readonly by: 'nothing' }
  | { readonly by: 'grain'; readonly grain: KpiGrain }
  | { readonly by: 'periods'; readonly periods: readonly Period[] }
  | { readonly by: 'dimension'; readonly dimension: KpiDimension };

/** The values of a statement; only those its text names may be in it. */
export type Values = Record<string, Parameter>;

/** The relation that holds a KPI's rows. */
export function relationOf(kpi: Kpi): KpiRelation {
  const relation = kpiRelations[kpi.measure.relation];
  if (relation === undefined)
    throw new Error(
      `kpi ${kpi.id}: relation "${kpi.measure.relation}" is unknown; add it to kpis/relation.ts`,
    );
  return relation;
}

/**
 * Where to sum a KPI: its roll-up when that carries every dimension asked for, else its rows.
 * Both have the same column names, so the rest of the statement is the same.
 */
export function summedFrom(kpi: Kpi, split: Split, filters: KpiFilters): string {
  const { rollup, rollupDimensions = [] } = kpi.measure;
  if (rollup === undefined) return relationOf(kpi).sql;
  const asked = Object.keys(filters) as KpiDimension[];
  if (split.by === 'dimension') asked.push(split.dimension);
  const carried: readonly KpiDimension[] = ['company', ...rollupDimensions];
  return asked.every((dimension) => carried.includes(dimension))
    ? (kpiRollups[rollup] ?? rollup)
    : relationOf(kpi).sql;
}

/** Column of a dimension. Errors: throws when the KPI cannot be split by it, naming those that can. */
export function dimensionColumn(kpi: Kpi, dimension: KpiDimension): string {
  const column = relationOf(kpi).dimensions[dimension];
  if (column === undefined || !kpi.dimensions.includes(dimension))
    throw new Error(
      `kpi ${kpi.id} has no dimension "${dimension}"; expected one of ${kpi.dimensions.join(', ')}`,
    );
  return column;
}

/** SQL of the part a row belongs to, as text. */
export function partSql(kpi: Kpi, split: Split, clock: string): string {
  if (split.by === 'grain') return `date_trunc('${split.grain}', ${clock})::DATE::VARCHAR`;
  if (split.by === 'periods') return periodSql(split.periods, clock);
  if (split.by === 'dimension') return `${dimensionColumn(kpi, split.dimension)}::VARCHAR`;
  return 'null::VARCHAR';
}

/** First day of the period a row lies in; the periods are consecutive and the row lies in one of them. */
function periodSql(periods: readonly Period[], clock: string): string {
  const starts = periods.map(({ from }) => `'${checkedDay(from)}'::DATE`);
  return `list_max(list_filter([${starts.join(', ')}], start -> start <= ${clock}))::VARCHAR`;
}

/** Predicate of what a person may see. null = everything, [] = nothing; always bound, never pasted. */
export function companyPredicate(
  scope: Pick<KpiScope, 'company_keys'>,
  values: Values,
  relation?: KpiRelation,
): string {
  if (scope.company_keys === null) return 'true';
  if (scope.company_keys.length === 0) return 'false';
  if (relation?.shared === true) return 'true';
  values['company_keys'] = scope.company_keys;
  return 'list_contains($company_keys::UUID[], company_key)';
}

/** Predicate of the filters, bound. */
export function filterPredicate(kpi: Kpi, filters: KpiFilters, values: Values): string {
  const predicates = Object.entries(filters).map(([dimension, value]) => {
    const column = dimensionColumn(kpi, dimension as KpiDimension);
    if (value === null) return `${column} is null`;
    values[`filter_${dimension}`] = value;
    return `${column}::VARCHAR = $filter_${dimension}`;
  });
  return predicates.length === 0 ? 'true' : predicates.join(' and ');
}
