import type { Parameter, Queryable, Row } from '../table.ts';
import type { KpiScope } from './kpi.ts';
import { shiftedDay } from './period.ts';
import { companyPredicate } from './selection.ts';

/** A payment run that has left. Amounts in group currency, exact text; null when no rate is known. */
export interface PastRun {
  readonly run_on: string;
  readonly payments: number;
  readonly amount_base: string | null;
}

/** A run to come: what is known of it now. */
export interface UpcomingRun {
  readonly run_on: string;
  readonly requests: number;
  readonly amount_base: string | null;
  /** Of it: already approved, still in approval, held or referred. */
  readonly approved_amount_base: string | null;
  readonly in_approval_amount_base: string | null;
  readonly stopped_amount_base: string | null;
  /** Of it: requests with a risk finding, and what is at stake in them. */
  readonly risk_requests: number;
  readonly risk_amount_base: string | null;
}

/** Cash outflow by payment run, past and to come. */
export interface PaymentRuns {
  readonly past: readonly PastRun[];
  readonly upcoming: readonly UpcomingRun[];
  /** Open requests planned for a day already over: they will leave with a later run. */
  readonly overdue: UpcomingRun | null;
  /** When the next run leaves, UTC: its day at the usual time; null when either is unknown. */
  readonly next_run_at: string | null;
}

/** How far to look, in days; at most 400 each way. */
export interface RunWindow {
  readonly past_days: number;
  readonly ahead_days: number;
}

const daysLimit = 400;

/**
 * Cash outflow by payment run around `asOf`.
 *
 * Definition  Past: payments executed in a run, by day. To come: open requests by the day they are
 *             scheduled for, so only what is known today, no forecast. The usual time is the median
 *             time of day of the past runs; runs known only to the day have none.
 * Shape       one row per day that has a run, oldest first; company scope always applied
 */
export async function paymentRuns(
  warehouse: Queryable,
  scope: Pick<KpiScope, 'company_keys' | 'asOf'>,
  window: RunWindow = { past_days: 60, ahead_days: 60 },
): Promise<PaymentRuns> {
  if (!(window.past_days <= daysLimit && window.ahead_days <= daysLimit))
    throw new RangeError(`paymentRuns: expected at most ${daysLimit} days each way`);
  const today = scope.asOf.slice(0, 10);
  const [past, open] = await Promise.all([
    pastRuns(warehouse, scope, shiftedDay(today, -window.past_days)),
    openRuns(warehouse, scope, shiftedDay(today, window.ahead_days)),
  ]);
  const upcoming = open.filter(({ run_on }) => run_on >= today);
  return {
    past: past.runs,
    upcoming,
    overdue: open.find(({ run_on }) => run_on < today) ?? null,
    next_run_at: nextRunAt(upcoming, past.usual_second, scope.asOf),
  };
}

async function pastRuns(
  warehouse: Queryable,
  scope: Pick<KpiScope, 'company_keys' | 'asOf'>,
  from: string,
): Promise<{ runs: readonly PastRun[]; usual_second: number | null }> {
  const values: Record<string, Parameter> = { from, as_of: scope.asOf };
  const rows = await warehouse.rows(
    `select executed_on::VARCHAR as run_on, count(*)::BIGINT as payments,
      sum(amount_base)::DECIMAL(38,4)::VARCHAR as amount_base,
      median(epoch(executed_at - executed_on::TIMESTAMP))::DOUBLE as usual_second
    from payment_fact
    where executed_on >= $from::DATE and executed_at <= $as_of::TIMESTAMPTZ::TIMESTAMP and in_run
      and (status is null or status not in ('returned', 'cancelled'))
      and ${companyPredicate(scope, values)}
    group by executed_on order by executed_on`,
    values,
  );
  const seconds = rows.map((row) => Number(row['usual_second'])).sort((a, b) => a - b);
  const usual_second = seconds[Math.floor(seconds.length / 2)] ?? 0;
  return {
    runs: rows.map((row) => ({
      run_on: String(row['run_on']),
      payments: Number(row['payments']),
      amount_base: textOrNull(row['amount_base']),
    })),
    usual_second: usual_second > 0 ? usual_second : null,
  };
}

async function openRuns(
  warehouse: Queryable,
  scope: Pick<KpiScope, 'company_keys' | 'asOf'>,
  to: string,
): Promise<readonly UpcomingRun[]> {
  const values: Record<string, Parameter> = { to, today: scope.asOf.slice(0, 10) };
  const sum = (predicate: string) =>
    `(sum(amount_base) filter (${predicate}))::DECIMAL(38,4)::VARCHAR`;
  const rows = await warehouse.rows(
    `with open_request as (
      select payment_request_key, status, amount_base,
        greatest(scheduled_on, $today::DATE - 1) as run_on
      from kpi_request
      where closed_on is null and scheduled_on <= $to::DATE and ${companyPredicate(scope, values)}
    ),
    risk as (
      select payment_request_key, max(amount_at_stake_base) as at_stake_base
      from finding
      where kind = 'risk' and payment_request_key in (select payment_request_key from open_request)
      group by payment_request_key
    )
    select run_on::VARCHAR as run_on, count(*)::BIGINT as requests,
      sum(amount_base)::DECIMAL(38,4)::VARCHAR as amount_base,
      ${sum("status = 'approved'")} as approved_amount_base,
      ${sum("status = 'in_approval'")} as in_approval_amount_base,
      ${sum("status in ('held', 'referred')")} as stopped_amount_base,
      count(risk.payment_request_key)::BIGINT as risk_requests,
      sum(at_stake_base)::DECIMAL(38,4)::VARCHAR as risk_amount_base
    from open_request left join risk on risk.payment_request_key = open_request.payment_request_key
    group by run_on order by run_on`,
    values,
  );
  return rows.map(upcomingRun);
}

function upcomingRun(row: Row): UpcomingRun {
  return {
    run_on: String(row['run_on']),
    requests: Number(row['requests']),
    amount_base: textOrNull(row['amount_base']),
    approved_amount_base: textOrNull(row['approved_amount_base']),
    in_approval_amount_base: textOrNull(row['in_approval_amount_base']),
    stopped_amount_base: textOrNull(row['stopped_amount_base']),
    risk_requests: Number(row['risk_requests']),
    risk_amount_base: textOrNull(row['risk_amount_base']),
  };
}

function nextRunAt(
  upcoming: readonly UpcomingRun[],
  usual_second: number | null,
  asOf: string,
): string | null {
  if (usual_second === null) return null;
  const moments = upcoming.map(
    ({ run_on }) => Date.parse(`${run_on}T00:00:00Z`) + Math.round(usual_second) * 1_000,
  );
  const next = moments.find((moment) => moment > Date.parse(asOf));
  return next === undefined ? null : new Date(next).toISOString();
}

function textOrNull(value: Row[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
