import { kpiNamed, type KpiId } from '#analytics/kpis/catalogue.ts';
import { kpiChange, type ChangePart } from '#analytics/kpis/change.ts';
import type { KpiDimension, KpiGrain, KpiPoint, KpiScope, KpiValue } from '#analytics/kpis/kpi.ts';
import { kpiSeries, kpiSeriesOfMany, kpiValues } from '#analytics/kpis/query.ts';
import { wilsonInterval } from '#analytics/statistics/wilson-interval.ts';
import type { Tile } from '#lib/components/tile.ts';
import { formatTime } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { addDays, addMonths, daysBetween, pageHref, type ReadableUrl } from '#lib/url-state.ts';
import { application } from '../application.ts';
import { messageText } from '../message-text.ts';
import { isRunning, type PageScope } from '../scope.ts';
import type { Queries } from '../state/database.ts';
import { listTargets, targetsFor } from '../state/targets.ts';
import { companyScope, inCompanies } from './company-scope.ts';
import { changeOf, changeText, differenceText, kpiName, kpiTile } from './kpi-tile.ts';
import { partLabel } from './part-label.ts';

const payingWell = [
  'paid_amount',
  'on_time_rate',
  'approval_cycle_time',
  'touchless_rate',
] as const;
const costAndRisk = ['discount_capture', 'fee_cost', 'open_exposure', 'duplicate_amount'] as const;
const tileIds: readonly KpiId[] = [...payingWell, ...costAndRisk];

export interface OverviewTiles {
  readonly paying_well: readonly Tile[];
  readonly cost_and_risk: readonly Tile[];
  readonly changes: readonly Change[];
}

/** A KPI that moved, and which parts moved it. */
export interface Change {
  readonly id: string;
  readonly name: string;
  readonly href: string;
  readonly text: string;
  readonly better: 'higher' | 'lower' | 'context';
  readonly change: number;
  readonly dimension: string;
  readonly drivers: readonly {
    label: string;
    contribution: number;
    text: string;
    href: string | null;
  }[];
}

/** All tiles of the overview in few passes over the roll-ups, and what moved them. */
export async function readTiles(
  scope: PageScope,
  url: ReadableUrl,
  timeZone: string,
): Promise<OverviewTiles> {
  const { warehouse, configuration, state } = application();
  const { grain, from } = sparkRange(scope);
  const [now, before, series, targets] = await Promise.all([
    kpiValues(warehouse, tileIds, scope),
    kpiValues(warehouse, tileIds, scope.previous),
    kpiSeriesOfMany(warehouse, tileIds, { ...scope, from }, grain),
    listTargets(state, scope.company_keys),
  ]);
  const held = targetsFor(targets, scope.company_keys);
  const found = new Map(now.map((value) => [value.id, value]));
  const earlier = new Map(before.map((value) => [value.id, value]));
  const tile = (id: string): Tile[] => {
    const [value, previous] = [found.get(id), earlier.get(id)];
    if (!value || !previous) return [];
    return [
      kpiTile(value, previous, series.get(id) ?? [], {
        href: pageHref(`/overview/kpi/${id}`, url),
        currency: configuration.group_currency,
        asOfText: m.overview_as_of({ at: formatTime(scope.asOf, timeZone) }),
        isRunning: isRunning(scope),
        target: held.get(id) ?? null,
      }),
    ];
  };
  return {
    paying_well: payingWell.flatMap(tile),
    cost_and_risk: costAndRisk.flatMap(tile),
    changes: await changes(scope, url, { found, earlier }),
  };
}

/** About twelve points up to the period's end, in steps that fit the period. */
function sparkRange(scope: PageScope): { grain: KpiGrain; from: string } {
  const days = daysBetween(scope.from, scope.to);
  if (days <= 14) return { grain: 'week', from: addDays(scope.to, -12 * 7) };
  return { grain: 'month', from: addMonths(`${addDays(scope.to, -1).slice(0, 7)}-01`, -11) };
}

const splitBy: readonly (readonly [KpiId, KpiDimension])[] = [
  ['on_time_rate', 'company'],
  ['discount_capture', 'company'],
  ['touchless_rate', 'category'],
  ['fee_cost', 'channel'],
];
const shownChanges = 2;
const shownDrivers = 4;
const partLimit = 200;

/** The KPIs that moved most relative to where they stood, each split over its telling dimension. */
async function changes(
  scope: PageScope,
  url: ReadableUrl,
  values: { found: ReadonlyMap<string, KpiValue>; earlier: ReadonlyMap<string, KpiValue> },
): Promise<Change[]> {
  const { warehouse, configuration } = application();
  const currency = configuration.group_currency;
  const moved = splitBy
    .flatMap(([id, dimension]) => {
      const [now, before] = [values.found.get(id), values.earlier.get(id)];
      const kpi = kpiNamed(id);
      const change = now && before ? changeOf(kpi, now, before) : null;
      const level = Math.abs(before?.value ?? 0);
      return change === null || change === 0 || level === 0
        ? []
        : [{ kpi, dimension, change, size: Math.abs(change) / level }];
    })
    .sort((a, b) => b.size - a.size)
    .slice(0, shownChanges);
  return Promise.all(
    moved.map(async ({ kpi, dimension, change }) => {
      const { parts } = await kpiChange(warehouse, kpi, {
        before: scope.previous,
        now: scope,
        dimension,
        limit: partLimit,
      });
      const href = (part: ChangePart): string =>
        pageHref(
          `/overview/kpi/${kpi.id}?by=${dimension}&part=${encodeURIComponent(part.part ?? '')}`,
          url,
        );
      const shown = parts.filter((part) => !part.is_rest).slice(0, shownDrivers);
      const rest = parts
        .filter((part) => !shown.includes(part))
        .reduce((sum, part) => sum + part.contribution, 0);
      return {
        id: kpi.id,
        name: kpiName(kpi),
        href: pageHref(`/overview/kpi/${kpi.id}?by=${dimension}`, url),
        text: changeText(kpi, change, currency),
        better: kpi.better,
        change,
        dimension: messageText('overview_dimension_', dimension),
        drivers: [
          ...shown.map((part) => ({
            label: partLabel(dimension, part),
            contribution: part.contribution,
            text: differenceText(kpi, part.contribution, currency),
            href: part.part === null ? null : href(part),
          })),
          ...(parts.length > shown.length
            ? [
                {
                  label: m.overview_all_others({ count: parts.length - shown.length }),
                  contribution: rest,
                  text: differenceText(kpi, rest, currency),
                  href: null,
                },
              ]
            : []),
        ],
      };
    }),
  );
}

export interface CycleTrend {
  readonly points: readonly KpiPoint[];
  /** Weeks from this place on are not over or too young to be final. */
  readonly unfinished_from: number;
}

const trendWeeks = 26;

/** Cycle time of the invoices received in each of the last 26 weeks. */
export async function readCycleTrend(scope: PageScope): Promise<CycleTrend> {
  const kpi = kpiNamed('invoice_cycle_time');
  const { warehouse } = application();
  const from = addDays(scope.to, -7 * trendWeeks);
  const points = await kpiSeries(warehouse, kpi, { ...scope, from }, 'week');
  const isFinal = (point: KpiPoint): boolean =>
    addDays(point.bucket, 7 + kpi.maturityDays) <= scope.asOf.slice(0, 10);
  const firstYoung = points.findIndex((point) => !isFinal(point));
  return { points, unfinished_from: firstYoung === -1 ? points.length : firstYoung };
}

/** One detector in the findings table of the overview. */
export interface FindingKindRow {
  readonly detector: string;
  readonly name: string;
  readonly amount_at_stake_base: string | null;
  readonly flags: number;
  readonly decided: number;
  readonly confirmed: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Risk findings of the period by detector, and how many of the decided ones a person confirmed. */
export async function readFindingKinds(scope: PageScope): Promise<FindingKindRow[]> {
  const { warehouse, state } = application();
  const [found, decided] = await Promise.all([
    warehouse.rows(
      `select detector, sum(amount_at_stake_base)::decimal(38,4)::varchar as amount_at_stake_base,
         count(*)::bigint as flags
       from finding
       where kind = 'risk' and found_as_of >= $from::timestamp and found_as_of < $to::timestamp
         and ${inCompanies()}
       group by detector order by sum(amount_at_stake_base) desc nulls last, detector`,
      { from: scope.from, to: scope.to, ...companyScope(scope) },
    ),
    decidedByDetector(state, scope),
  ]);
  return found.map((row) => {
    const detector = String(row['detector']);
    const { decided: total, confirmed } = decided.get(detector) ?? { decided: 0, confirmed: 0 };
    const interval = total === 0 ? null : wilsonInterval(confirmed, total);
    return {
      detector,
      name: messageText('detector_', detector),
      amount_at_stake_base:
        row['amount_at_stake_base'] === null ? null : String(row['amount_at_stake_base']),
      flags: Number(row['flags']),
      decided: total,
      confirmed,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
    };
  });
}

/** Decided findings by detector over all time: the last decision of a case that was not undone counts. */
async function decidedByDetector(
  state: Queries,
  scope: KpiScope,
): Promise<ReadonlyMap<string, { decided: number; confirmed: number }>> {
  const rows = await state.query<{ detector: string; decided: string; confirmed: string }>(
    `with last_decision as (
       select distinct on (case_number) case_number, verdict
       from decision where undone_at is null order by case_number, decided_at desc, decision_id
     )
     select f.detector,
       count(*) filter (where d.verdict <> 'unsure') as decided,
       count(*) filter (where d.verdict in ('fraud', 'error', 'policy_breach')) as confirmed
     from last_decision d
     join cases c using (case_number)
     join case_finding f using (case_number)
     where $1::uuid[] is null or c.company_key = any($1::uuid[])
     group by f.detector`,
    [scope.company_keys],
  );
  return new Map(
    rows.map((row) => [
      row.detector,
      { decided: Number(row.decided), confirmed: Number(row.confirmed) },
    ]),
  );
}

/** One payment run: what left, or what is planned to leave. */
export interface RunOutflow {
  readonly run_on: string;
  readonly amount_base: string;
  readonly payments: number;
  readonly is_planned: boolean;
}

const runsBack = 8;
const runsAhead = 6;

/** The last payment runs and the planned ones; nothing where the source knows no runs. */
export async function readRuns(scope: PageScope): Promise<RunOutflow[]> {
  const { warehouse } = application();
  const limits = { back: runsBack, ahead: runsAhead, today: scope.asOf.slice(0, 10), to: scope.to };
  const rows = await warehouse.rows(
    `with paid as (
       select executed_on as run_on, sum(amount_base) as amount_base, count(*) as payments
       from payment_fact
       where in_run and executed_on < $to::date and ${inCompanies()}
       group by executed_on order by executed_on desc limit $back
     ),
     planned as (
       select scheduled_on::date as run_on, sum(amount_base) as amount_base, count(*) as payments
       from payment_flow
       where executed_at is null and scheduled_on >= $today::date
         and status in ('in_approval', 'approved', 'held', 'referred') and ${inCompanies()}
       group by scheduled_on::date order by run_on limit $ahead
     )
     select run_on::varchar as run_on, amount_base::decimal(38,4)::varchar as amount_base,
       payments::bigint as payments, is_planned
     from (select *, false as is_planned from paid union all select *, true from planned)
     where amount_base is not null
     order by run_on, is_planned`,
    { ...limits, ...companyScope(scope) },
  );
  return rows.map((row) => ({
    run_on: String(row['run_on']),
    amount_base: String(row['amount_base']),
    payments: Number(row['payments']),
    is_planned: row['is_planned'] === true,
  }));
}
