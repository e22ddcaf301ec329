import { kpiNamed, kpis } from '#analytics/kpis/catalogue.ts';
import { kpiChange, type KpiChange } from '#analytics/kpis/change.ts';
import { kpiByEntityCurrency, type EntityAmount } from '#analytics/kpis/entity-currency.ts';
import { comparedScope, fiscalPeriods, type FiscalGrain } from '#analytics/kpis/fiscal.ts';
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
  kpiSeriesOfPeriods,
  kpiValue,
  kpiValues,
  type KpiRows,
} from '#analytics/kpis/query.ts';
import { addMonths, addDays, daysBetween } from '#lib/url-state.ts';
import { application } from '../application.ts';
import { isCalendarYear } from '../fiscal-calendar.ts';
import type { PageScope } from '../scope.ts';
import { listDeclaredChanges, type DeclaredChange } from '../state/declared-changes.ts';
import { listTargets, targetsFor } from '../state/targets.ts';

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
const changedParts = 200;
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
  /** The other comparison: the year before, or the period before when the year is the one asked for. */
  readonly other: KpiValue;
  readonly target: number | null;
  readonly series: readonly KpiPoint[];
  readonly parts: readonly KpiPart[];
  readonly change: KpiChange | null;
  /** Of a sum of money: each entity in its own currency. */
  readonly entities: readonly EntityAmount[];
  /** The KPI that keeps it honest, and its value before. */
  readonly pair: { readonly kpi: Kpi; readonly value: KpiValue; readonly before: KpiValue } | null;
  readonly declared: readonly DeclaredChange[];
  readonly rows: KpiRows;
}

/** A KPI with everything behind it: its course, its parts, what moved it and the rows that sum to it. */
export async function readKpiDetail(
  kpi: Kpi,
  scope: PageScope,
  question: KpiQuestion,
): Promise<KpiDetail> {
  const { warehouse, state } = application();
  const filters = filtersOf(question);
  const { calendar, previous } = scope;
  const against = scope.period.comparison === 'year' ? 'prior_period' : 'prior_year';
  const pairKpi = kpi.pairedWith === undefined ? null : kpiNamed(kpi.pairedWith);
  const [value, before, other, series, parts, change, entities, pair, rows, targets, declared] =
    await Promise.all([
      kpiValue(warehouse, kpi, scope, filters),
      kpiValue(warehouse, kpi, previous, filters),
      kpiValue(warehouse, kpi, comparedScope(scope, against, calendar), filters),
      readSeries(kpi, scope, question),
      kpiByDimension(warehouse, kpi, scope, question.by, { limit: shownParts }),
      question.part === null
        ? kpiChange(warehouse, kpi, {
            before: previous,
            now: scope,
            dimension: question.by,
            limit: changedParts,
          })
        : null,
      kpi.unit === 'money' && kpi.measure.numerator !== undefined
        ? kpiByEntityCurrency(warehouse, kpi, scope, filters)
        : [],
      pairKpi && kpiValues(warehouse, [pairKpi.id], scope),
      kpiRows(warehouse, kpi, scope, {
        limit: rowsPerPage,
        offset: (question.page - 1) * rowsPerPage,
        filters,
      }),
      listTargets(state, scope.company_keys),
      listDeclaredChanges(state, scope.company_keys, kpi.id),
    ]);
  const pairValue = pair?.[0];
  return {
    value,
    before,
    other,
    target: targetsFor(targets, scope.company_keys).get(kpi.id) ?? null,
    series,
    parts,
    change,
    entities,
    pair:
      pairKpi && pairValue
        ? { kpi: pairKpi, value: pairValue, before: await kpiValue(warehouse, pairKpi, previous) }
        : null,
    declared,
    rows,
  };
}

/** The series of the page: buckets of the calendar, or the periods of the company's fiscal calendar. */
export async function readSeries(
  kpi: Kpi,
  scope: PageScope,
  question: Pick<KpiQuestion, 'grain' | 'by' | 'part'>,
): Promise<readonly KpiPoint[]> {
  const { warehouse } = application();
  const reach = seriesScope(scope, question.grain);
  const grain = fiscalGrainOf[question.grain];
  const filters = filtersOf(question);
  if (grain === undefined || isCalendarYear(scope.calendar))
    return kpiSeries(warehouse, kpi, reach, question.grain, filters);
  const periods = fiscalPeriods(scope.calendar, reach, grain);
  return kpiSeriesOfPeriods(warehouse, kpi, reach, periods, filters);
}

/** Grains of which a fiscal calendar has its own periods. */
const fiscalGrainOf: Readonly<Partial<Record<KpiGrain, FiscalGrain>>> = {
  month: 'period',
  quarter: 'quarter',
  year: 'year',
};

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
