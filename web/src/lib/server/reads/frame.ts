import type { Queryable } from '#analytics/table.ts';
import { pages } from '#lib/navigation.ts';
import type { FiscalRanges } from '#lib/url-state.ts';
import { application } from '../application.ts';
import { access } from '../auth/access.ts';
import { can } from '../auth/permissions.ts';
import type { Person } from '../auth/person.ts';
import { fiscalCalendar, fiscalRanges } from '../fiscal-calendar.ts';

/** A legal entity as the entity picker lists it. */
export interface Company {
  readonly company_key: string;
  readonly name: string;
  readonly base_currency: string;
  readonly country: string | null;
}

/** How far one source's data reaches. */
export interface SourceFreshness {
  readonly source: string;
  readonly connector: string;
  readonly extracted_at: string;
  /** Older than a day and a half beside the newest source. */
  readonly is_late: boolean;
}

/** What the frame around every page needs. */
export interface Frame {
  readonly companies: readonly Company[];
  readonly group_currency: string;
  readonly sources: readonly SourceFreshness[];
  readonly as_of: string;
  readonly last_day: string;
  readonly generation: number;
  /** Paths of the rail this person may open. */
  readonly open_pages: readonly string[];
  readonly open_cases: number;
  /** Presets of the period picker in the company's fiscal calendar. */
  readonly fiscal: FiscalRanges;
}

const lateAfterHours = 36;

export async function readFrame(person: Person): Promise<Frame> {
  const { warehouse, configuration, state, asOf } = application();
  const [companies, sources, reach, cases, calendar] = await Promise.all([
    companiesOf(warehouse, person),
    freshness(warehouse),
    dataReach(warehouse),
    state.query<{ open: string }>(
      `select count(*) as open from cases
       where state = 'open' and merged_into is null and ($1::uuid[] is null or company_key = any($1))`,
      [person.company_keys],
    ),
    fiscalCalendar(state),
  ]);
  const last_day = reach?.last_day ?? asOf().slice(0, 10);
  return {
    companies,
    group_currency: configuration.group_currency,
    sources,
    as_of: asOf(),
    last_day,
    generation: warehouse.generation,
    open_pages: pages.map((page) => page.href).filter((href) => mayOpen(person, href)),
    open_cases: Number(cases[0]?.open ?? 0),
    fiscal: fiscalRanges(calendar, last_day),
  };
}

interface Reach {
  readonly first_day: string;
  readonly last_day: string;
}
const reaches = new WeakMap<Queryable, { generation: number; reach: Promise<Reach | null> }>();

/** First and last day of anything that happened up to the latest extract; null while there is nothing. Read once a generation. */
export function dataReach(
  warehouse: Queryable & { readonly generation: number },
): Promise<Reach | null> {
  const { generation } = warehouse;
  const known = reaches.get(warehouse);
  if (known?.generation === generation) return known.reach;
  const reach = readReach(warehouse);
  reaches.set(warehouse, { generation, reach });
  reach.catch(() => reaches.delete(warehouse));
  return reach;
}

async function readReach(warehouse: Queryable): Promise<Reach | null> {
  const [row] = await warehouse.rows(`
    with day as (
      select min(received_at)::date as first_on, max(received_at)::date as last_on from invoice_flow
      union all select min(paid_on), max(paid_on) from invoice_flow
      union all select min(occurred_at)::date, max(occurred_at)::date from approval_step
      union all select min(executed_on), max(executed_on) from payment_fact
      union all select null, max(extracted_at)::date from batch
    ),
    limits as (select max(last_on) filter (first_on is null) as extracted_on from day)
    select min(first_on)::varchar as first_day,
      least(max(last_on) filter (first_on is not null), any_value(extracted_on))::varchar as last_day
    from day, limits`);
  const { first_day, last_day } = row ?? {};
  return typeof first_day === 'string' && typeof last_day === 'string'
    ? { first_day, last_day }
    : null;
}

/** Keys of all entities. */
export async function companyKeys(warehouse: Queryable): Promise<string[]> {
  const rows = await warehouse.rows('select company_key::varchar as company_key from company');
  return rows.map((row) => String(row['company_key']));
}

async function companiesOf(warehouse: Queryable, person: Person): Promise<Company[]> {
  const rows = await warehouse.rows(
    `select company_key::varchar as company_key, name, base_currency, country from company
     where $all or company_key::varchar in (select unnest($company_keys))
     order by name, company_key`,
    { all: person.company_keys === null, company_keys: person.company_keys ?? [] },
  );
  return rows.map((row) => ({
    company_key: String(row['company_key']),
    name: String(row['name']),
    base_currency: String(row['base_currency']),
    country: row['country'] === null ? null : String(row['country']),
  }));
}

export async function freshness(warehouse: Queryable): Promise<SourceFreshness[]> {
  const rows = await warehouse.rows(
    `select source, connector, max(extracted_at) as extracted_at from batch
     group by all order by extracted_at, source, connector`,
  );
  const newest = Math.max(...rows.map((row) => Date.parse(String(row['extracted_at']))));
  return rows.map((row) => ({
    source: String(row['source']),
    connector: String(row['connector']),
    extracted_at: String(row['extracted_at']),
    is_late: newest - Date.parse(String(row['extracted_at'])) > lateAfterHours * 3_600_000,
  }));
}

function mayOpen(person: Person, href: string): boolean {
  const needed = access[href]?.read;
  if (needed === undefined) return false;
  return needed === 'public' || needed === 'account' || can(person, needed);
}
