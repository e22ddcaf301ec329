import type { Columns, Queryable } from '../table.ts';
import { sum } from './exact.ts';
import type { Kpi, KpiFilters, KpiScope } from './kpi.ts';
import { asOfDay, bucketPeriods, periodEnd, snapshotDay } from './period.ts';
import {
  companyPredicate,
  filterPredicate,
  partSql,
  relationOf,
  summedFrom,
  type Split,
  type Values,
} from './selection.ts';
import type { Sums } from './value.ts';

/** Sums per part; the part is a bucket's first day, a dimension's value, or null for the whole. */
export type SumsByPart = ReadonlyMap<string | null, Sums>;

/** What is asked of the warehouse for a group of KPIs. */
export interface SumsRequest {
  readonly scope: KpiScope;
  readonly split: Split;
  readonly filters: KpiFilters;
}

/**
 * Sums of many KPIs in few passes: those that read the same table by the same clock share one.
 *
 * Shape  one entry per KPI id; parts without rows are absent
 */
export async function sumsOf(
  warehouse: Queryable,
  kpis: readonly Kpi[],
  request: SumsRequest,
): Promise<ReadonlyMap<string, SumsByPart>> {
  const passes = passesOf(kpis, request);
  const results = await Promise.all(passes.map((pass) => run(warehouse, pass, request)));
  return new Map(results.flatMap((result) => [...result]));
}

function passesOf(kpis: readonly Kpi[], request: SumsRequest): readonly (readonly Kpi[])[] {
  const passes = new Map<string, Kpi[]>();
  for (const kpi of kpis) {
    const key = passKey(kpi, request);
    passes.set(key, [...(passes.get(key) ?? []), kpi]);
  }
  return [...passes.values()];
}

function passKey(kpi: Kpi, { split, filters, scope }: SumsRequest): string {
  const { clock, ended, of } = kpi.measure;
  const from = summedFrom(kpi, split, filters);
  switch (kpi.kind) {
    case 'duration':
      return `duration|${kpi.id}`;
    case 'snapshot':
      return of === 'greatest'
        ? `greatest|${kpi.id}`
        : `snapshot|${from}|${clock}|${ended}|${kpi.measure.numerator}`;
    case 'ratio':
    case 'weighted':
    case 'sum':
    case 'count':
      return `flow|${from}|${clock}|${periodEnd(kpi, scope)}`;
  }
}

async function run(
  warehouse: Queryable,
  pass: readonly Kpi[],
  request: SumsRequest,
): Promise<readonly [string, SumsByPart][]> {
  const [first] = pass;
  if (first === undefined) return [];
  if (first.kind === 'duration') return [[first.id, await durationSums(warehouse, first, request)]];
  if (first.kind !== 'snapshot') return flowSums(warehouse, pass, request);
  const sums =
    first.measure.of === 'greatest'
      ? await greatestSums(warehouse, first, request)
      : await snapshotSums(warehouse, first, request);
  return pass.map((kpi) => [kpi.id, sums]);
}

async function flowSums(
  warehouse: Queryable,
  pass: readonly Kpi[],
  request: SumsRequest,
): Promise<readonly [string, SumsByPart][]> {
  const [first] = pass;
  if (first === undefined) return [];
  const { scope, split, filters } = request;
  const { clock } = first.measure;
  const values: Values = { from: scope.from, to: periodEnd(first, scope) };
  const sums = pass.map(({ measure: { count, numerator, denominator } }, position) =>
    [
      `sum(${count})::BIGINT as count_${position}`,
      `sum(${numerator ?? 'null'})::DECIMAL(38,4)::VARCHAR as numerator_${position}`,
      `sum(${denominator ?? 'null'})::DECIMAL(38,4)::VARCHAR as denominator_${position}`,
    ].join(', '),
  );
  const { rowCount, column } = await warehouse.columns(
    `select ${partSql(first, split, clock)} as part, ${sums.join(', ')}
    from ${summedFrom(first, split, filters)}
    where ${clock} >= $from::DATE and ${clock} < $to::DATE
      and ${companyPredicate(scope, values, relationOf(first))} and ${filterPredicate(first, filters, values)}
    group by part`,
    values,
  );
  return pass.map((kpi, position) => {
    const parts = new Map<string | null, Sums>();
    for (let row = 0; row < rowCount; row++)
      parts.set(text(column, 'part', row), {
        count: number(column, `count_${position}`, row),
        numerator: text(column, `numerator_${position}`, row),
        denominator: text(column, `denominator_${position}`, row),
        durations: [],
        assessable: true,
      });
    return [kpi.id, parts];
  });
}

async function durationSums(
  warehouse: Queryable,
  kpi: Kpi,
  { scope, split, filters }: SumsRequest,
): Promise<SumsByPart> {
  const { clock, ended, count } = kpi.measure;
  const values: Values = { from: scope.from, to: scope.to, as_of_day: asOfDay(scope) };
  const { rowCount, column } = await warehouse.columns(
    `select ${partSql(kpi, split, clock)} as part,
      greatest(0, coalesce(${ended}, $as_of_day::DATE) - ${clock})::BIGINT as days,
      sum(case when ${ended} is not null then ${count} else 0 end)::BIGINT as ended_count,
      sum(case when ${ended} is null then ${count} else 0 end)::BIGINT as open_count
    from ${summedFrom(kpi, split, filters)}
    where ${clock} >= $from::DATE and ${clock} < $to::DATE and ${count} > 0
      and ${companyPredicate(scope, values, relationOf(kpi))} and ${filterPredicate(kpi, filters, values)}
    group by part, days`,
    values,
  );
  const parts = new Map<string | null, Accumulated>();
  for (let row = 0; row < rowCount; row++) {
    const ended_count = number(column, 'ended_count', row);
    const open_count = number(column, 'open_count', row);
    const sums = accumulated(parts, text(column, 'part', row));
    sums.count += ended_count + open_count;
    sums.durations.push({
      days: number(column, 'days', row),
      ended: ended_count,
      open: open_count,
    });
  }
  return parts;
}

async function snapshotSums(
  warehouse: Queryable,
  kpi: Kpi,
  { scope, split, filters }: SumsRequest,
): Promise<SumsByPart> {
  const { clock, ended, count, numerator } = kpi.measure;
  const moments = [...momentsOf(scope, split).keys()].sort();
  const values: Values = { moments, first_moment: moments[0] ?? snapshotDay(scope) };
  const part = split.by === 'dimension' ? partSql(kpi, split, clock) : 'null::VARCHAR';
  const { rowCount, column } = await warehouse.columns(
    `select moment::VARCHAR as moment, part, greatest(0, moment - 1 - began)::BIGINT as days,
      sum(row_count)::BIGINT as open_count, sum(amount)::DECIMAL(38,4)::VARCHAR as numerator
    from (select unnest($moments::DATE[]) as moment)
    join (
      select ${part} as part, ${clock} as began, coalesce(${ended}, '9999-12-31'::DATE) as finished,
        ${count} as row_count, ${numerator ?? 'null'} as amount
      from ${summedFrom(kpi, split, filters)}
      where coalesce(${ended}, '9999-12-31'::DATE) >= $first_moment::DATE
        and ${companyPredicate(scope, values, relationOf(kpi))} and ${filterPredicate(kpi, filters, values)}
    ) on began < moment and finished >= moment
    group by moment, part, days`,
    values,
  );
  const parts = await emptySnapshots(warehouse, kpi, { scope, split, filters });
  const buckets = momentsOf(scope, split);
  for (let row = 0; row < rowCount; row++) {
    const bucket = buckets.get(text(column, 'moment', row) ?? '') ?? null;
    const sums = accumulated(parts, split.by === 'dimension' ? text(column, 'part', row) : bucket);
    const open = number(column, 'open_count', row);
    sums.count += open;
    sums.numerator = sum([sums.numerator, text(column, 'numerator', row)]);
    sums.durations.push({ days: number(column, 'days', row), ended: 0, open });
  }
  return parts;
}

/** The moments a snapshot is taken at, with the bucket each stands for. */
function momentsOf(scope: KpiScope, split: Split): ReadonlyMap<string, string | null> {
  const last = snapshotDay(scope);
  if (split.by !== 'grain' && split.by !== 'periods') return new Map([[last, null]]);
  const periods = split.by === 'grain' ? bucketPeriods(scope, split.grain) : split.periods;
  return new Map(
    periods
      .filter(({ from }) => from < last)
      .map(({ from, to }) => [to < last ? to : last, from] as const),
  );
}

/** Buckets in which nothing is open, told apart from those before anything was known. */
async function emptySnapshots(
  warehouse: Queryable,
  kpi: Kpi,
  { scope, split }: SumsRequest,
): Promise<Map<string | null, Accumulated>> {
  const known = await knownSince(warehouse, kpi, scope);
  const parts = new Map<string | null, Accumulated>();
  if (split.by === 'dimension') return parts;
  for (const [moment, bucket] of momentsOf(scope, split))
    accumulated(parts, bucket).assessable = known !== null && known < moment;
  return parts;
}

/** First day from which "none found" means 0; null when nothing in scope is assessable. */
export async function knownSince(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
): Promise<string | null> {
  const { assessable } = relationOf(kpi);
  if (assessable === undefined) return '0000-01-01';
  const values: Values = {};
  const [row] = await warehouse.rows(
    `select min(${assessable.clock})::VARCHAR as known_since from ${assessable.sql}
    where ${companyPredicate(scope, values)}`,
    values,
  );
  return typeof row?.['known_since'] === 'string' ? row['known_since'] : null;
}

async function greatestSums(
  warehouse: Queryable,
  kpi: Kpi,
  { scope, split, filters }: SumsRequest,
): Promise<SumsByPart> {
  const { clock, count, numerator } = kpi.measure;
  const values: Values = { as_of: scope.asOf };
  const { rowCount, column } = await warehouse.columns(
    `select ${partSql(kpi, split, clock)} as part, sum(${count})::BIGINT as row_count,
      max(epoch($as_of::TIMESTAMPTZ) - epoch(${numerator}))::DECIMAL(38,4)::VARCHAR as numerator
    from ${summedFrom(kpi, split, filters)}
    where ${companyPredicate(scope, values, relationOf(kpi))} and ${filterPredicate(kpi, filters, values)}
    group by part`,
    values,
  );
  const parts = new Map<string | null, Sums>();
  for (let row = 0; row < rowCount; row++)
    parts.set(text(column, 'part', row), {
      count: number(column, 'row_count', row),
      numerator: text(column, 'numerator', row),
      denominator: null,
      durations: [],
      assessable: true,
    });
  return parts;
}

interface Accumulated extends Sums {
  count: number;
  numerator: string | null;
  denominator: null;
  durations: { days: number; ended: number; open: number }[];
  assessable: boolean;
}

function accumulated(parts: Map<string | null, Accumulated>, part: string | null): Accumulated {
  const found = parts.get(part);
  if (found !== undefined) return found;
  const fresh: Accumulated = {
    count: 0,
    numerator: null,
    denominator: null,
    durations: [],
    assessable: true,
  };
  parts.set(part, fresh);
  return fresh;
}

function text(column: Columns['column'], name: string, row: number): string | null {
  const value = column[name]?.[row];
  return typeof value === 'string' ? value : null;
}

function number(column: Columns['column'], name: string, row: number): number {
  const value = column[name]?.[row];
  return typeof value === 'number' && !Number.isNaN(value) ? value : 0;
}
