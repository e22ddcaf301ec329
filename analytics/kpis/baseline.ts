import { createHash } from 'node:crypto';
import type { Queryable } from '../table.ts';
import type { Kpi, KpiDimension, KpiFilters, KpiScope } from './kpi.ts';
import { checkedDay, shiftedDay, type Period } from './period.ts';
import { kpiSeriesOfPeriods } from './query.ts';
import { sumsOf } from './sums.ts';
import { noSums, type Sums } from './value.ts';

/** A week of a KPI, as it was when the baseline was frozen. */
export interface FrozenWeek extends Period {
  readonly value: number | null;
  readonly count: number;
  /** Too young to be final when it was frozen: kept, but in no estimate. */
  readonly immature: boolean;
}

/**
 * A KPI before a declared change, frozen so that neither a later definition nor later data can alter it.
 * Plain JSON: store it as it is.
 *
 * definition  the measure as text: what the number meant when it was frozen
 * parts       the sums behind it by `mix_dimension`; one part without a name when there is none
 * hash        SHA-256 of all the rest
 */
export interface Baseline {
  readonly kpi_id: string;
  readonly definition: string;
  readonly company_keys: readonly string[] | null;
  readonly filters: KpiFilters;
  readonly mix_dimension: KpiDimension | null;
  readonly from: string;
  readonly to: string;
  readonly frozen_as_of: string;
  readonly weeks: readonly FrozenWeek[];
  readonly parts: readonly { readonly part: string | null; readonly sums: Sums }[];
  readonly hash: string;
}

/** What to freeze: the weeks before `starts_on`, the first day of the change. */
export interface BaselineRequest extends Pick<KpiScope, 'company_keys' | 'asOf'> {
  readonly starts_on: string;
  readonly weeks?: number;
  readonly filters?: KpiFilters;
  readonly mix_dimension?: KpiDimension;
}

const fewestWeeks = 8;
const mostWeeks = 156;

/**
 * Freezes a KPI over the weeks before a change, 12 unless asked otherwise.
 *
 * Errors  throws outside 8 to 156 weeks, and when the change begins after `asOf`: there is nothing
 *         final to freeze then
 */
export async function freezeBaseline(
  warehouse: Queryable,
  kpi: Kpi,
  request: BaselineRequest,
): Promise<Baseline> {
  const { company_keys, asOf, weeks = 12, filters = {}, mix_dimension = null } = request;
  const to = checkedDay(request.starts_on);
  if (!(weeks >= fewestWeeks && weeks <= mostWeeks))
    throw new RangeError(
      `baseline: expected ${fewestWeeks} to ${mostWeeks} weeks before the change, got ${weeks}`,
    );
  if (to > shiftedDay(asOf.slice(0, 10), 1))
    throw new RangeError(
      `baseline: the change begins on ${to}, after the data of ${asOf.slice(0, 10)}; freeze it when it has begun`,
    );
  const periods = weeksFrom(shiftedDay(to, -7 * weeks), weeks);
  const scope = { company_keys, asOf, from: shiftedDay(to, -7 * weeks), to };
  const [points, parts] = await Promise.all([
    kpiSeriesOfPeriods(warehouse, kpi, scope, periods, filters),
    sumsByPart(warehouse, kpi, { scope, filters, mix_dimension }),
  ]);
  const frozen = {
    kpi_id: kpi.id,
    definition: definitionOf(kpi),
    company_keys,
    filters,
    mix_dimension,
    from: scope.from,
    to,
    frozen_as_of: asOf,
    weeks: points.map(({ bucket, bucket_end, value, count, immature }) => ({
      from: bucket,
      to: bucket_end,
      value,
      count,
      immature,
    })),
    parts,
  };
  return { ...frozen, hash: hashOf(frozen) };
}

/** The baseline itself. Errors: throws when it is not what was frozen, or of another KPI. */
export function checkedBaseline(kpi: Kpi, baseline: Baseline): Baseline {
  const { hash, ...frozen } = baseline;
  if (hashOf(frozen) !== hash)
    throw new Error(
      `baseline of ${baseline.kpi_id} from ${baseline.from}: its hash does not fit its content; it was altered after it was frozen`,
    );
  if (kpi.id !== baseline.kpi_id)
    throw new Error(`baseline: expected one of ${kpi.id}, got one of ${baseline.kpi_id}`);
  return baseline;
}

/** Whether the KPI still means what it meant when the baseline was frozen. */
export const isSameDefinition = (kpi: Kpi, baseline: Baseline): boolean =>
  definitionOf(kpi) === baseline.definition;

/** Consecutive weeks of seven days from a day on. */
export function weeksFrom(day: string, count: number): readonly Period[] {
  return Array.from({ length: count }, (_, place) => ({
    from: shiftedDay(day, 7 * place),
    to: shiftedDay(day, 7 * place + 7),
  }));
}

/** The sums behind a KPI, by the dimension its mix is adjusted for. */
export async function sumsByPart(
  warehouse: Queryable,
  kpi: Kpi,
  request: {
    readonly scope: KpiScope;
    readonly filters: KpiFilters;
    readonly mix_dimension: KpiDimension | null;
  },
): Promise<Baseline['parts']> {
  const { scope, filters, mix_dimension } = request;
  const sums = await sumsOf(warehouse, [kpi], {
    scope,
    filters,
    split:
      mix_dimension === null ? { by: 'nothing' } : { by: 'dimension', dimension: mix_dimension },
  });
  const parts = [...(sums.get(kpi.id) ?? new Map<string | null, Sums>([[null, noSums]]))];
  return parts
    .map(([part, found]) => ({ part, sums: found }))
    .sort((a, b) => ((a.part ?? '') < (b.part ?? '') ? -1 : 1));
}

const definitionOf = (kpi: Kpi): string =>
  canonical({ definition: kpi.definition, kind: kpi.kind, unit: kpi.unit, measure: kpi.measure });

const hashOf = (frozen: Omit<Baseline, 'hash'>): string =>
  createHash('sha256').update(canonical(frozen)).digest('hex');

/** JSON with the names of every object in order, so that equal content has equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
