import type { FourEyes } from '#analytics/process/conformance.ts';
import type { OpenForecast } from '#analytics/process/study.ts';
import { formatDuration, formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '../application.ts';
import { messageText } from '../message-text.ts';
import { limitDays, type HeldLog } from './approvals-log.ts';
import { inCompanies, companyScope } from './company-scope.ts';
import type { PageScope } from '../scope.ts';

/** Open cases that wait after the same step. */
export interface BoardStep {
  readonly step: string;
  readonly cases: number;
  /** By age: up to 2, 5, 10 days, and more. */
  readonly ages: readonly number[];
  readonly p50: string;
  readonly p90: string;
  /** Expected number of cases past the limit. */
  readonly breaches: string;
  readonly share: number;
}

/** An open case, with where it leads. */
export interface BoardCase {
  readonly key: string;
  readonly href: string | null;
  readonly name: string;
  readonly step: string;
  readonly age: string;
  readonly p50: string;
  readonly p90: string;
  readonly breach: number | null;
  readonly amount: string;
}

/** Cases in progress with their forecasts. */
export interface Board {
  readonly limit_days: number;
  readonly limits: readonly number[];
  readonly steps: readonly BoardStep[];
  readonly cases: readonly BoardCase[];
  readonly all: number;
  readonly calibration: string;
  readonly is_calibrated: boolean;
}

/** What an approver has to do, ready to be shown. */
export interface WorkloadView {
  readonly is_assessed: boolean;
  readonly note: string;
  readonly persons: readonly {
    readonly person: string;
    readonly in_progress: string;
    readonly done: string;
    readonly per_day: string;
    readonly utilisation: number | null;
    readonly wait: string;
    readonly gap: string;
    readonly is_odd: boolean;
  }[];
}

/** One question of conformance with its answer. */
export interface ConformanceRow {
  readonly rule: string;
  readonly kind: 'kept' | 'broken' | 'not_assessable';
  readonly answer: string;
  readonly examples: readonly string[];
}

const ageEdges = [2, 5, 10] as const;
const shownCases = 12;
const shownPersons = 10;
const shownExamples = 3;
const oddGap = 0.2;
const dayMs = 86_400_000;
const usualLimit = 10;

/** The allowed stay a URL asks for. */
export function limitOf(parameters: URLSearchParams): number {
  const asked = Number(parameters.get('limit'));
  return limitDays.find((days) => days === asked) ?? usualLimit;
}

/** Open cases by step and risk; null while forecasts are worked out or where the log tells no open cases. */
export async function readBoard(
  held: HeldLog,
  scope: PageScope,
  given: { readonly limit_days: number; readonly group_currency: string | null },
): Promise<Board | null> {
  const { study } = held;
  if (study === null || held.finished === null) return null;
  const position = limitDays.findIndex((days) => days === given.limit_days);
  const risk = (open: OpenForecast): number | null => open.breach[position] ?? null;
  const age = (open: OpenForecast): number => held.as_of_ms - open.began_ms;
  const open = study.open.filter((one) => isKept(held, one));
  const byRisk = [...open].sort(
    (a, b) => (risk(b) ?? -1) - (risk(a) ?? -1) || age(b) - age(a) || (a.case < b.case ? -1 : 1),
  );
  // Past the limit already is no forecast: the ones that can still be kept come first.
  const toShow = [
    ...byRisk.filter((one) => age(one) < given.limit_days * dayMs),
    ...byRisk.filter((one) => age(one) >= given.limit_days * dayMs),
  ].slice(0, shownCases);
  const names = await namesOfCases(
    scope,
    toShow.map((one) => one.case),
  );
  const byStep = Map.groupBy(open, ({ last_activity }) => last_activity);
  const { calibration } = study;
  return {
    limit_days: given.limit_days,
    limits: limitDays,
    all: open.length,
    is_calibrated: calibration.is_calibrated,
    calibration: m.approvals_calibration({
      forecasts: formatNumber(calibration.forecasts, 'count'),
      under_p50: formatNumber(calibration.under_p50_share, 'fraction'),
      under_p90: formatNumber(calibration.under_p90_share, 'fraction'),
    }),
    steps: [...byStep]
      .map(([step, own]) => ({
        step,
        cases: own.length,
        ages: agesOf(own.map((one) => age(one) / dayMs)),
        p50: formatDuration(middle(own.map((one) => one.p50_seconds))),
        p90: formatDuration(middle(own.map((one) => one.p90_seconds))),
        breaches: formatNumber(
          own.reduce((sum, one) => sum + (risk(one) ?? 0), 0),
          'count',
        ),
        share: own.length / open.length,
      }))
      .sort((a, b) => b.cases - a.cases || (a.step < b.step ? -1 : 1)),
    cases: toShow.map((one) => {
      const about = names.get(one.case);
      return {
        key: one.case,
        href: about?.payment_request_key == null ? null : `/payments/${about.payment_request_key}`,
        name: about?.trace_id ?? one.case,
        step: one.last_activity,
        age: formatDuration(age(one) / 1000),
        p50: formatDuration(one.p50_seconds),
        p90: formatDuration(one.p90_seconds),
        breach: risk(one),
        amount: formatMoney(about?.amount_base ?? null, given.group_currency, { whole: true }),
      };
    }),
  };
}

/** Stamps that cannot be make no forecast. */
function isKept({ log, stamps }: HeldLog, open: OpenForecast): boolean {
  return stamps.cases === 0 || stamps.plausible_cases[log.cases.indexOf(open.case)] === 1;
}

function agesOf(days: readonly number[]): number[] {
  const counts = [0, 0, 0, 0];
  for (const age of days) {
    const band = ageEdges.findIndex((edge) => age < edge);
    const at = band < 0 ? ageEdges.length : band;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

function middle(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known[Math.floor((known.length - 1) / 2)] ?? null;
}

interface CaseName {
  readonly trace_id: string;
  readonly payment_request_key: string | null;
  readonly amount_base: string | null;
}

async function namesOfCases(
  scope: PageScope,
  keys: readonly string[],
): Promise<ReadonlyMap<string, CaseName>> {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const rows = await application().warehouse.rows(
    `select trace_key::varchar as trace_key, trace_id, payment_request_key::varchar as payment_request_key,
       amount_base::varchar as amount_base
     from approval_trace where ${inCompanies()} and trace_key::varchar in (select unnest($keys))`,
    { ...companyScope(scope), keys },
  );
  return new Map(
    rows.map((row) => [
      String(row['trace_key']),
      {
        trace_id: String(row['trace_id']),
        payment_request_key: text(row['payment_request_key']),
        amount_base: text(row['amount_base']),
      },
    ]),
  );
}

/** Approvers by what is before them; null while it is worked out. */
export function workloadView({ study }: HeldLog): WorkloadView | null {
  if (study === null) return null;
  const { workload } = study;
  const gap = formatNumber(workload.little_gap, 'fraction');
  if (workload.answer === 'not_assessable')
    return {
      is_assessed: false,
      note: m.approvals_workload_not_assessable({
        reason: messageText('approvals_reason_', workload.reason),
        gap,
      }),
      persons: [],
    };
  return {
    is_assessed: true,
    note: [
      m.approvals_workload_little({ gap }),
      ...(workload.is_estimate ? [m.approvals_workload_estimate()] : []),
    ].join(' '),
    persons: workload.persons.slice(0, shownPersons).map((one) => ({
      person: one.person,
      in_progress: formatNumber(one.in_progress, 'number'),
      done: formatNumber(one.done, 'count'),
      per_day: formatNumber(one.per_working_day, 'number'),
      utilisation: one.utilisation,
      wait: formatDuration(one.median_wait_seconds),
      gap: formatNumber(one.little_gap, 'fraction'),
      is_odd: (one.little_gap ?? 0) > oddGap,
    })),
  };
}

/** Four eyes and segregation of duties; null while they are checked. */
export function conformanceRows({ study }: HeldLog): ConformanceRow[] | null {
  if (study === null) return null;
  return [
    ...study.four_eyes.map(fourEyesRow),
    ...study.duties.map((duty): ConformanceRow => {
      const rule = m.approvals_duty({ count: duty.rule.duty.length });
      if (duty.answer === 'not_assessable')
        return {
          rule,
          kind: 'not_assessable',
          answer: messageText('approvals_reason_', duty.reason),
          examples: [],
        };
      return {
        rule,
        kind: duty.violations.length === 0 ? 'kept' : 'broken',
        answer: m.approvals_duty_answer({
          broken: formatNumber(duty.violations.length, 'count'),
          persons: formatNumber(duty.persons, 'count'),
        }),
        examples: duty.violations.slice(0, shownExamples).map(({ person }) => person),
      };
    }),
  ];
}

function fourEyesRow(found: FourEyes): ConformanceRow {
  const rule = m.approvals_four_eyes({ first: found.rule.first, second: found.rule.second });
  const unknown = formatNumber(found.not_assessable_cases, 'count');
  if (found.answer === 'not_assessable')
    return {
      rule,
      kind: 'not_assessable',
      answer: messageText('approvals_reason_', found.reason),
      examples: [],
    };
  return {
    rule,
    kind: found.violations === 0 ? 'kept' : 'broken',
    answer:
      m.approvals_four_eyes_answer({
        broken: formatNumber(found.violations, 'count'),
        cases: formatNumber(found.cases, 'count'),
      }) + (found.not_assessable_cases > 0 ? ` ${m.approvals_four_eyes_unknown({ unknown })}` : ''),
    examples: found.examples.slice(0, shownExamples).map(({ person }) => person),
  };
}
