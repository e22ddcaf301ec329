import { kpis } from '#analytics/kpis/catalogue.ts';
import {
  kpiDimensions,
  kpiGrains,
  type Kpi,
  type KpiDimension,
  type KpiFilters,
  type KpiGrain,
  type KpiPart,
  type KpiPoint,
  type KpiValue,
} from '#analytics/kpis/kpi.ts';
import {
  kpiByDimension,
  kpiRows,
  kpiSeries,
  kpiValue,
  type KpiRows,
} from '#analytics/kpis/query.ts';
import { addMonths, addDays, daysBetween } from '#lib/url-state.ts';
import { application } from '../application.ts';
import type { PageScope } from '../scope.ts';

/** What a KPI's page asks for beside period and entities. */
export interface KpiQuestion {
  readonly by: KpiDimension;
  /** Only this part of the dimension; null = all parts. */
  readonly part: string | null;
  readonly page: number;
  readonly grain: KpiGrain;
}

export const rowsPerPage = 50;
const greatestPage = 20_000;
const shownParts = 12;
/** Days a series by day shows at most; beyond it lines say nothing. */
const greatestDays = 366;

export const findKpi = (id: string): Kpi | null => kpis.find((kpi) => kpi.id === id) ?? null;

/** Reads the question of a KPI page from its URL; what the KPI cannot be split by falls back to its first dimension. */
export function readQuestion(kpi: Kpi, parameters: URLSearchParams, scope: PageScope): KpiQuestion {
  const asked = kpiDimensions.find((dimension) => dimension === parameters.get('by'));
  const by = asked !== undefined && kpi.dimensions.includes(asked) ? asked : kpi.dimensions[0];
  const page = Number(parameters.get('page') ?? '1');
  return {
    by: by ?? 'company',
    part: parameters.get('part') || null,
    page: Number.isInteger(page) && page > 0 && page <= greatestPage ? page : 1,
    grain: grainOf(parameters.get('grain'), scope),
  };
}

/** The grain asked for where its points can be read, else weeks of a short period and months of a long one. */
function grainOf(asked: string | null, scope: PageScope): KpiGrain {
  const days = daysBetween(scope.from, scope.to);
  const grain = kpiGrains.find((one) => one === asked);
  if (grain !== undefined && !(grain === 'day' && days > greatestDays)) return grain;
  return days <= 100 ? 'week' : 'month';
}

export interface KpiDetail {
  readonly value: KpiValue;
  readonly before: KpiValue;
  readonly series: readonly KpiPoint[];
  readonly parts: readonly KpiPart[];
  readonly rows: KpiRows;
}

/** A KPI with everything behind it: its course, its parts and the rows that sum to it. */
export async function readKpiDetail(
  kpi: Kpi,
  scope: PageScope,
  question: KpiQuestion,
): Promise<KpiDetail> {
  const { warehouse } = application();
  const filters = filtersOf(question);
  const [value, before, series, parts, rows] = await Promise.all([
    kpiValue(warehouse, kpi, scope, filters),
    kpiValue(warehouse, kpi, scope.previous, filters),
    kpiSeries(warehouse, kpi, seriesScope(scope, question.grain), question.grain, filters),
    kpiByDimension(warehouse, kpi, scope, question.by, { limit: shownParts }),
    kpiRows(warehouse, kpi, scope, {
      limit: rowsPerPage,
      offset: (question.page - 1) * rowsPerPage,
      filters,
    }),
  ]);
  return { value, before, series, parts, rows };
}

export const filtersOf = (question: Pick<KpiQuestion, 'by' | 'part'>): KpiFilters =>
  question.part === null ? {} : { [question.by]: question.part };

/** How far back a series reaches: enough buckets to see its course, up to the period's end. */
export function seriesScope(scope: PageScope, grain: KpiGrain): PageScope {
  const lastDay = addDays(scope.to, -1);
  const reach = {
    day: () => addDays(scope.to, -92),
    week: () => addDays(scope.to, -26 * 7),
    month: () => addMonths(`${lastDay.slice(0, 7)}-01`, -23),
    quarter: () => addMonths(`${lastDay.slice(0, 7)}-01`, -35),
    year: () => `${Number(lastDay.slice(0, 4)) - 5}-01-01`,
  }[grain]();
  return { ...scope, from: reach < scope.from ? reach : scope.from };
}
