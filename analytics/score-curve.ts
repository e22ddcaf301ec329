import { wilsonInterval } from './statistics/wilson-interval.ts';
import type { Parameter, Queryable, Statement } from './table.ts';

/** Steps of the threshold between 0 and 1. */
export const stepCount = 100;

/** What one detector found in one step of the score. */
export interface ScoreStep {
  readonly step: number;
  readonly findings: number;
  /** Group currency; findings without a rate are not in it. */
  readonly amount_base: number;
}

/** A finding that people decided about. */
export interface JudgedFinding {
  readonly score: number;
  readonly is_true: boolean;
  readonly amount_base: number;
}

/** What a threshold would have meant over the time looked at. */
export interface CurvePoint {
  readonly score_from: number;
  readonly findings: number;
  readonly findings_per_day: number;
  readonly amount_base: number;
  readonly confirmed: number;
  readonly judged: number;
  /** Share confirmed of those judged, with its 95 % Wilson interval; null without verdicts. */
  readonly precision: {
    readonly value: number;
    readonly low: number;
    readonly high: number;
  } | null;
  readonly confirmed_base: number;
  /** Confirmed cases below the threshold, and their amount. */
  readonly missed: number;
  readonly missed_base: number;
}

/** Which findings are counted. */
export interface CurveScope {
  readonly company_keys: readonly string[] | null;
  /** Found after this moment and up to `asOf`, UTC. */
  readonly since: string;
  readonly asOf: string;
}

/**
 * How the scores of each detector are distributed: one pass over its findings, after which every
 * threshold is a sum of steps.
 *
 * Shape   detector → its steps that have findings; detectors that found nothing are not in it
 * Units   step n holds scores from n/100 up to (n+1)/100; amounts in group currency
 */
export async function readScoreSteps(
  warehouse: Queryable,
  scope: CurveScope,
): Promise<Map<string, ScoreStep[]>> {
  const rows = await warehouse.rows(
    `select detector, ${stepSql} as step, count(*)::integer as findings,
       coalesce(sum(amount_at_stake_base), 0)::double as amount_base
     from finding where ${scopeSql} group by all order by all`,
    scopeValues(scope),
  );
  const steps = new Map<string, ScoreStep[]>();
  for (const row of rows) {
    const detector = String(row['detector']);
    steps.set(detector, [...(steps.get(detector) ?? []), stepOf(row)]);
  }
  return steps;
}

/**
 * What a rule that does not run would have found: its select asked of the same time. A rule looks only
 * at what was known at each moment, so this is what a shadow run would have seen.
 */
export async function replaySteps(
  warehouse: Queryable,
  statement: Statement,
  scope: CurveScope,
): Promise<ScoreStep[]> {
  const rows = await warehouse.rows(
    `select ${stepSql} as step, count(*)::integer as findings,
       coalesce(sum(case when answer.currency = group_currency.currency then amount_at_stake
         else amount_at_stake * fx_day.rate end), 0)::double as amount_base
     from (${statement.sql}) as answer cross join group_currency
     left join fx_day on fx_day.currency = answer.currency and fx_day.rate_on = found_as_of::date
     where partition_key is not null and ${scopeSql} group by all order by all`,
    { ...statement.values, ...scopeValues(scope) },
  );
  return rows.map(stepOf);
}

const stepSql = `least(${stepCount - 1}, floor(score * ${stepCount} + 1e-9))::integer`;
const scopeSql = `found_as_of > $scope_since::timestamp and found_as_of <= $scope_as_of::timestamp
  and ($scope_all or list_contains($scope_companies, company_key::varchar))`;

function scopeValues({ company_keys, since, asOf }: CurveScope): Record<string, Parameter> {
  const moment = (instant: string) => instant.replace('T', ' ').replace(/Z$/, '');
  return {
    scope_since: moment(since),
    scope_as_of: moment(asOf),
    scope_all: company_keys === null,
    scope_companies: [...(company_keys ?? [])],
  };
}

function stepOf(row: Readonly<Record<string, unknown>>): ScoreStep {
  return {
    step: Number(row['step']),
    findings: Number(row['findings']),
    amount_base: Number(row['amount_base']),
  };
}

/**
 * What each of the 101 thresholds would have meant.
 *
 * Definition  findings and amounts at or above the threshold; precision over the judged ones there;
 *             missed: those found true below it
 * Shape       one point per threshold 0.00 … 1.00
 */
export function scoreCurve(
  steps: readonly ScoreStep[],
  judged: readonly JudgedFinding[],
  days: number,
): CurvePoint[] {
  const trueOnes = judged.filter((one) => one.is_true);
  return Array.from({ length: stepCount + 1 }, (_, place) => {
    const score_from = place / stepCount;
    const above = steps.filter(({ step }) => step >= place);
    const seen = judged.filter(({ score }) => score >= score_from);
    const confirmed = seen.filter((one) => one.is_true);
    const missed = trueOnes.filter(({ score }) => score < score_from);
    const interval = wilsonInterval(confirmed.length, seen.length);
    const findings = sum(above.map((one) => one.findings));
    return {
      score_from,
      findings,
      findings_per_day: findings / days,
      amount_base: sum(above.map((one) => one.amount_base)),
      confirmed: confirmed.length,
      judged: seen.length,
      precision: interval && { value: confirmed.length / seen.length, ...interval },
      confirmed_base: sum(confirmed.map((one) => one.amount_base)),
      missed: missed.length,
      missed_base: sum(missed.map((one) => one.amount_base)),
    };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
