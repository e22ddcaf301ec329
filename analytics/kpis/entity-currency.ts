import type { Queryable } from '../table.ts';
import type { Kpi, KpiFilters, KpiScope } from './kpi.ts';
import { periodEnd, snapshotDay } from './period.ts';
import {
  companyPredicate,
  filterPredicate,
  relationOf,
  summedFrom,
  type Values,
} from './selection.ts';

/**
 * A money KPI of one entity in its own books' currency. Amounts as exact text.
 *
 * amount_base      in group currency: these add up to the KPI
 * amount           in `currency`, each day's share at the rate of that day; null when a rate is missing
 * original_amounts what the documents say, by their own currency; only of KPIs that have one
 */
export interface EntityAmount {
  readonly company_key: string | null;
  readonly company_name: string | null;
  readonly currency: string | null;
  readonly amount: string | null;
  readonly amount_base: string | null;
  readonly count: number;
  readonly original_amounts: readonly { readonly currency: string; readonly amount: string }[];
}

/**
 * A money KPI by entity, in each entity's own currency and in those of its documents.
 *
 * Definition  Group amounts are turned back at the group rate of the same day; so an amount that was
 *             in the entity's currency to begin with returns to itself but for the rounding of four decimals.
 * Shape       one row per entity with data, by name
 * Errors      throws when the KPI is not a sum of money
 */
export async function kpiByEntityCurrency(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  filters: KpiFilters = {},
): Promise<readonly EntityAmount[]> {
  if (kpi.unit !== 'money' || kpi.measure.numerator === undefined)
    throw new Error(`kpi ${kpi.id} is not a sum of money; expected one with the unit money`);
  const [entities, originals] = await Promise.all([
    entityAmounts(warehouse, kpi, scope, filters),
    originalAmounts(warehouse, kpi, scope, filters),
  ]);
  return entities.map((entity) => ({
    ...entity,
    original_amounts: originals.get(entity.company_key) ?? [],
  }));
}

/** amount_base / rate in ten-thousandths, rounded half away from zero, in whole numbers. */
const turnedBack = `sign(amount_base)::HUGEINT * (
  (2 * (abs(amount_base)::DECIMAL(30,4) * 10000)::HUGEINT * 1000000000 + (rate * 1000000000)::HUGEINT)
  // (2 * (rate * 1000000000)::HUGEINT))`;

async function entityAmounts(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  filters: KpiFilters,
): Promise<readonly Omit<EntityAmount, 'original_amounts'>[]> {
  const values: Values = {};
  const { count, numerator, clock } = kpi.measure;
  const rows = await warehouse.rows(
    `with day as (
      select company_key, ${clock} as day, sum(${count})::BIGINT as row_count, sum(${numerator}) as amount_base
      from ${summedFrom(kpi, { by: 'nothing' }, filters)}
      where ${withinSql(kpi, scope, values)}
        and ${companyPredicate(scope, values, relationOf(kpi))} and ${filterPredicate(kpi, filters, values)}
      group by company_key, day having sum(${count}) > 0
    ),
    valued as (
      select day.*, company.name, company.base_currency,
        case when base_currency = group_currency.currency then 1::DECIMAL(18,9) else fx_day.rate end as rate
      from day cross join group_currency
      left join company on company.company_key = day.company_key
      left join fx_day on fx_day.currency = company.base_currency and fx_day.rate_on = day.day
    )
    select company_key::VARCHAR as company_key, name, base_currency, sum(row_count)::BIGINT as row_count,
      sum(amount_base)::DECIMAL(38,4)::VARCHAR as amount_base,
      case when count(*) filter (amount_base is not null and rate is null) = 0
        then (sum(${turnedBack})::DECIMAL(30,0) * 0.0001)::DECIMAL(38,4) end::VARCHAR as amount,
      sum(amount_base) filter (rate = 1)::DECIMAL(38,4)::VARCHAR as exact_amount,
      count(*) filter (rate is distinct from 1)::BIGINT as turned
    from valued group by company_key, name, base_currency order by name nulls last, company_key`,
    values,
  );
  return rows.map((row) => ({
    company_key: text(row['company_key']),
    company_name: text(row['name']),
    currency: text(row['base_currency']),
    amount: row['turned'] === 0 ? text(row['exact_amount']) : text(row['amount']),
    amount_base: text(row['amount_base']),
    count: Number(row['row_count']),
  }));
}

async function originalAmounts(
  warehouse: Queryable,
  kpi: Kpi,
  scope: KpiScope,
  filters: KpiFilters,
): Promise<ReadonlyMap<string | null, EntityAmount['original_amounts']>> {
  const relation = relationOf(kpi);
  const { original, count } = kpi.measure;
  if (original === undefined) return new Map();
  const values: Values = {};
  const rows = await warehouse.rows(
    `select company_key::VARCHAR as company_key, currency, sum(${original})::DECIMAL(38,4)::VARCHAR as amount
    from ${relation.sql}
    where ${withinSql(kpi, scope, values)} and ${count} > 0 and currency is not null and ${original} is not null
      and ${companyPredicate(scope, values, relation)} and ${filterPredicate(kpi, filters, values)}
    group by all order by company_key, currency`,
    values,
  );
  const byCompany = new Map<string | null, { currency: string; amount: string }[]>();
  for (const row of rows) {
    const company = text(row['company_key']);
    const amounts = byCompany.get(company) ?? [];
    amounts.push({ currency: String(row['currency']), amount: String(row['amount']) });
    byCompany.set(company, amounts);
  }
  return byCompany;
}

function withinSql(kpi: Kpi, scope: KpiScope, values: Values): string {
  const { clock, ended } = kpi.measure;
  if (kpi.kind === 'snapshot') {
    values['moment'] = snapshotDay(scope);
    return `${clock} < $moment::DATE and coalesce(${ended}, '9999-12-31'::DATE) >= $moment::DATE`;
  }
  values['from'] = scope.from;
  values['to'] = periodEnd(kpi, scope);
  return `${clock} >= $from::DATE and ${clock} < $to::DATE`;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
