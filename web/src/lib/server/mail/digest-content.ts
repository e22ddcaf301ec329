import type { Reason } from '#analytics/detectors/detector.ts';
import type { KpiScope, KpiUnit, KpiValue } from '#analytics/kpis/kpi.ts';
import { kpiNamed } from '#analytics/kpis/catalogue.ts';
import { kpiValues } from '#analytics/kpis/query.ts';
import { wilsonInterval } from '#analytics/statistics/wilson-interval.ts';
import type { Queryable } from '#analytics/table.ts';
import type { Action, Verdict } from '#lib/decisions.ts';
import type { Person } from '../auth/person.ts';
import type { CaseTitle } from '../state/cases.ts';
import { namesOf } from '../reads/names.ts';
import { namedKeys } from '../reads/reason-text.ts';
import type { Queries } from '../state/database.ts';
import { startOfDay, weeksUpTo, type DigestPeriod } from './digest-period.ts';

/** Everything a digest says, before it is put into words; already narrowed to the person's entities. */
export interface DigestContent {
  readonly period: DigestPeriod;
  readonly time_zone: string;
  readonly group_currency: string;
  /** Latest data, UTC ISO. */
  readonly as_of: string;
  /** True when the data ends before the period does: the numbers are not the whole week's. */
  readonly incomplete: boolean;
  readonly entities: number;
  readonly numbers: readonly DigestNumber[];
  readonly flagged: number;
  readonly open: { readonly count: number; readonly amount: string | null };
  readonly top: readonly DigestCase[];
  readonly decided: readonly DigestCase[];
  /** Names behind the keys in the reasons. */
  readonly names: ReadonlyMap<string, string>;
  readonly precision: Precision;
  readonly median_hours_to_decision: number | null;
  readonly stopped: string | null;
  readonly kinds: readonly DigestKind[];
  readonly weeks: readonly DigestWeek[];
}

export interface DigestNumber {
  readonly id: string;
  readonly unit: KpiUnit;
  readonly better: 'higher' | 'lower' | 'context';
  readonly now: KpiValue;
  readonly before: KpiValue;
}

export interface DigestCase {
  readonly case_number: string;
  readonly title: CaseTitle;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly reason: Reason | null;
  readonly verdict: Verdict | null;
  readonly action: Action | null;
  readonly hours_to_decision: number | null;
}

/** How many of the decided flags were right, with a 95 % Wilson interval. */
export interface Precision {
  readonly decided: number;
  readonly confirmed: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface DigestKind extends Precision {
  readonly detector: string;
  /** Group currency, of confirmed cases that were held or rejected; null when no amount is known. */
  readonly stopped: string | null;
}

export interface DigestWeek {
  readonly start: string;
  readonly confirmed: number;
  readonly dismissed: number;
  readonly undecided: number;
}

const numberIds = ['paid_amount', 'on_time_rate', 'approval_cycle_time', 'discount_capture'];
const weekCount = 8;
const caseCount = 5;
const confirmedVerdicts = "('fraud', 'error', 'policy_breach')";

/** Gathers a digest for one person and week from both stores. */
export async function digestContent(
  stores: { warehouse: Queryable; state: Queries; asOf: string; groupCurrency: string },
  person: Person,
  period: DigestPeriod,
): Promise<DigestContent> {
  const { warehouse, state, asOf } = stores;
  const weeks = weeksUpTo(period, weekCount);
  const from = startOfDay(period.start, person.time_zone);
  const to = startOfDay(period.end, person.time_zone);
  const span: Span = {
    person,
    from,
    to,
    oldest: startOfDay(weeks[0] ?? period.start, person.time_zone),
  };
  const [numbers, entities, flags, outcomes, open, top, decided, kinds] = await Promise.all([
    digestNumbers(warehouse, person, period, asOf),
    entityCount(warehouse, person),
    flagsByWeek(warehouse, span),
    outcomesByWeek(state, span),
    openCases(state, person),
    largestOpen(state, person),
    largestDecided(state, span),
    kindsDecided(state, span),
  ]);
  const [[all], names] = await Promise.all([
    decidedTogether(state, span),
    namesOf(warehouse, namedKeys([...top, ...decided].flatMap((one) => one.reason ?? []))),
  ]);
  return {
    period,
    time_zone: person.time_zone,
    group_currency: stores.groupCurrency,
    as_of: asOf,
    incomplete: asOf < to,
    entities,
    numbers,
    flagged: flags.get(period.start) ?? 0,
    open,
    top,
    decided,
    names,
    precision: precisionOf(all?.decided ?? 0, all?.confirmed ?? 0),
    median_hours_to_decision: all?.median_hours ?? null,
    stopped: all?.stopped ?? null,
    kinds,
    weeks: weeks.map((start) => {
      const { confirmed = 0, dismissed = 0 } = outcomes.get(start) ?? {};
      const undecided = Math.max(0, (flags.get(start) ?? 0) - confirmed - dismissed);
      return { start, confirmed, dismissed, undecided };
    }),
  };
}

interface Span {
  readonly person: Person;
  /** UTC ISO, end exclusive. */
  readonly from: string;
  readonly to: string;
  readonly oldest: string;
}

async function digestNumbers(
  warehouse: Queryable,
  person: Person,
  period: DigestPeriod,
  asOf: string,
): Promise<DigestNumber[]> {
  const scope: KpiScope = {
    company_keys: person.company_keys,
    from: period.start,
    to: period.end,
    asOf,
  };
  const [before = period.start] = weeksUpTo(period, 2);
  const [now, earlier] = await Promise.all([
    kpiValues(warehouse, numberIds, scope),
    kpiValues(warehouse, numberIds, { ...scope, from: before, to: period.start }),
  ]);
  return now.flatMap((value, at) => {
    const previous = earlier[at];
    const { unit, better } = kpiNamed(value.id);
    return previous === undefined
      ? []
      : [{ id: value.id, unit, better, now: value, before: previous }];
  });
}

async function entityCount(warehouse: Queryable, person: Person): Promise<number> {
  if (person.company_keys !== null) return person.company_keys.length;
  const [row] = await warehouse.rows('select count(*) as companies from company');
  return Number(row?.['companies'] ?? 0);
}

/** Subjects newly flagged, by the first day of their local week. */
async function flagsByWeek(warehouse: Queryable, span: Span): Promise<Map<string, number>> {
  const rows = await warehouse.rows(
    `with flag as (
       select coalesce(payment_request_key, subject_key) as story, min(found_as_of) as found_at
       from finding
       where kind = 'risk'
         and ($company_keys is null or list_contains($company_keys, company_key::varchar))
       group by all
     )
     select date_trunc('week', timezone($zone, timezone('UTC', found_at)))::date as week, count(*) as flags
     from flag where found_at >= $from::timestamp and found_at < $to::timestamp
     group by all order by week`,
    {
      company_keys: span.person.company_keys,
      zone: span.person.time_zone,
      from: span.oldest.replace('Z', ''),
      to: span.to.replace('Z', ''),
    },
  );
  return new Map(rows.map((row) => [String(row['week']), Number(row['flags'])]));
}

/** Of the flags of each week, how many have been decided, and how. */
async function outcomesByWeek(
  state: Queries,
  span: Span,
): Promise<Map<string, { confirmed: number; dismissed: number }>> {
  const rows = await state.query<{ week: string; confirmed: number; dismissed: number }>(
    `with flag as (
       select c.case_number, min(f.found_as_of) as found_at
       from cases c join case_finding f using (case_number)
       where ${scoped} group by c.case_number
     )
     select date_trunc('week', found_at at time zone $2)::date as week,
       count(*) filter (where d.verdict in ${confirmedVerdicts}) as confirmed,
       count(*) filter (where d.verdict not in ${confirmedVerdicts}) as dismissed
     from flag join lateral (${latestDecision}) d on true
     where found_at >= $3 and found_at < $4 group by 1`,
    [span.person.company_keys, span.person.time_zone, span.oldest, span.to],
  );
  return new Map(rows.map(({ week, ...counts }) => [week, counts]));
}

const scoped = '($1::uuid[] is null or c.company_key = any($1))';
const latestDecision = `
  select verdict, action, decided_at from decision
  where decision.case_number = flag.case_number and undone_at is null
  order by decided_at desc, decision_id limit 1`;

async function openCases(
  state: Queries,
  person: Person,
): Promise<{ count: number; amount: string | null }> {
  const [row] = await state.query<{ count: number; amount: string | null }>(
    `select count(*) as count, sum(c.amount_base)::text as amount from cases c where ${scoped} and c.state = 'open' and c.merged_into is null`,
    [person.company_keys],
  );
  return row ?? { count: 0, amount: null };
}

const caseColumns = `c.case_number, c.title, c.amount::text as amount, c.currency,
  (select f.reasons->0 from case_finding f where f.case_number = c.case_number
   order by f.score desc, f.finding_key limit 1) as reason`;

function largestOpen(state: Queries, person: Person): Promise<DigestCase[]> {
  return state.query<DigestCase>(
    `select ${caseColumns}, null as verdict, null as action, null as hours_to_decision
     from cases c where ${scoped} and c.state = 'open' and c.merged_into is null
     order by c.expected_loss desc nulls last, c.score desc, c.case_number limit ${caseCount}`,
    [person.company_keys],
  );
}

/** Decisions of the week that still stand, one per case. */
const standing = `
  select distinct on (d.case_number) d.case_number, d.verdict, d.action, d.decided_at,
    extract(epoch from d.decided_at - c.opened_at)::double precision / 3600 as hours
  from decision d join cases c using (case_number)
  where ${scoped} and d.undone_at is null and d.decided_at >= $2 and d.decided_at < $3
  order by d.case_number, d.decided_at desc`;

function largestDecided(state: Queries, span: Span): Promise<DigestCase[]> {
  return state.query<DigestCase>(
    `with standing as (${standing})
     select ${caseColumns}, s.verdict, s.action, s.hours as hours_to_decision
     from standing s join cases c using (case_number)
     order by c.amount_base desc nulls last, c.case_number limit ${caseCount}`,
    [span.person.company_keys, span.from, span.to],
  );
}

const stoppedSum = `sum(c.amount_base) filter (
  where s.verdict in ${confirmedVerdicts} and s.action in ('hold', 'reject'))::text as stopped`;
const confirmedCount = `count(*) filter (where s.verdict in ${confirmedVerdicts}) as confirmed`;

function decidedTogether(
  state: Queries,
  span: Span,
): Promise<
  { decided: number; confirmed: number; stopped: string | null; median_hours: number | null }[]
> {
  return state.query(
    `with standing as (${standing})
     select count(*) as decided, ${confirmedCount}, ${stoppedSum},
       percentile_cont(0.5) within group (order by s.hours) as median_hours
     from standing s join cases c using (case_number)`,
    [span.person.company_keys, span.from, span.to],
  );
}

/** A case counts once, under the detector of its gravest finding, so that the kinds add up to the total. */
async function kindsDecided(state: Queries, span: Span): Promise<DigestKind[]> {
  const rows = await state.query<{
    detector: string;
    decided: number;
    confirmed: number;
    stopped: string | null;
  }>(
    `with standing as (${standing})
     select lead.detector, count(*) as decided, ${confirmedCount}, ${stoppedSum}
     from standing s join cases c using (case_number)
     join lateral (
       select detector from case_finding f where f.case_number = s.case_number
       order by f.score desc, f.finding_key limit 1
     ) lead on true
     group by lead.detector order by decided desc, lead.detector`,
    [span.person.company_keys, span.from, span.to],
  );
  return rows.map((row) => ({
    detector: row.detector,
    stopped: row.stopped,
    ...precisionOf(row.decided, row.confirmed),
  }));
}

function precisionOf(decided: number, confirmed: number): Precision {
  const interval = wilsonInterval(confirmed, decided);
  return { decided, confirmed, low: interval?.low ?? null, high: interval?.high ?? null };
}
