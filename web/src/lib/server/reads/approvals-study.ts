import type { ProcessChange } from '#analytics/process/replay.ts';
import type { EntityWhatIf, TriedChange } from '#analytics/process/study.ts';
import type { StepJudgement, StepWarning } from '#analytics/process/needless-steps.ts';
import { formatDuration, formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { messageText } from '../message-text.ts';
import type { HeldLog } from './approvals-log.ts';
import { spelledOut } from './part-label.ts';

/** One approval step with the evidence for making it lighter, ready to be shown. */
export interface NeedlessStep {
  readonly step: string;
  readonly next: StepJudgement['next'];
  readonly next_text: string;
  readonly rate: { readonly value: number; readonly low: number; readonly high: number };
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly rungs: readonly {
    readonly name: string;
    readonly is_open: boolean;
    readonly is_next: boolean;
    readonly why: string;
  }[];
  readonly warnings: readonly string[];
}

/** The what-if of one entity: the check of the model, then what each change would bring. */
export interface WhatIfView {
  readonly entity: string | null;
  readonly check: string;
  readonly is_good_enough: boolean;
  readonly now: { readonly name: string; readonly median: string; readonly p90: string } | null;
  readonly rows: readonly {
    readonly name: string;
    readonly median: string;
    readonly p90: string;
    readonly change: string;
    readonly is_faster: boolean;
  }[];
}

const shownSteps = 5;
const daySeconds = 86_400;

/** Steps a person decides, by total waiting; null while they are being worked out. */
export function needlessSteps({ study }: HeldLog, currency: string | null): NeedlessStep[] | null {
  if (study === null) return null;
  return study.steps
    .filter(({ next, evidence }) => next !== 'not_assessable' || evidence.rejected > 0)
    .slice(0, shownSteps)
    .map((judged) => stepView(judged, currency));
}

function stepView(judged: StepJudgement, currency: string | null): NeedlessStep {
  const { evidence, next } = judged;
  const money = (amount: string | null): string =>
    amount === null ? m.approvals_not_known() : formatMoney(amount, currency);
  const days = evidence.total_wait_seconds / daySeconds;
  return {
    step: spelledOut(evidence.step),
    next,
    next_text: messageText('approvals_next_', next),
    rate: { value: evidence.rejected_rate, low: evidence.low, high: evidence.high },
    facts: [
      {
        label: m.approvals_fact_rejected({ decisions: formatNumber(evidence.decisions, 'count') }),
        value: m.approvals_fact_rejected_value({
          rejected: formatNumber(evidence.rejected, 'count'),
          rate: formatNumber(evidence.rejected_rate, 'fraction'),
          low: formatNumber(evidence.low, 'fraction'),
          high: formatNumber(evidence.high, 'fraction'),
        }),
      },
      { label: m.approvals_fact_bound(), value: formatNumber(evidence.upper_bound, 'fraction') },
      {
        label: m.approvals_fact_caught(),
        value: m.approvals_fact_of({
          part: formatNumber(evidence.caught_elsewhere, 'count'),
          all: formatNumber(evidence.rejected, 'count'),
        }),
      },
      { label: m.approvals_fact_leakage(), value: money(judged.leakage_per_decision) },
      { label: m.approvals_fact_cost(), value: money(judged.cost_per_decision) },
      {
        label: m.approvals_fact_wait(),
        value: m.approvals_fact_wait_value({
          median: formatDuration(evidence.median_wait_seconds),
          total: formatNumber(days, 'count'),
        }),
      },
    ],
    rungs: judged.rungs.map(({ rung, is_open, bar, below_amount, saved_wait_seconds }) => ({
      name: messageText('approvals_rung_', rung),
      is_open,
      is_next: rung === next,
      why:
        bar !== null
          ? messageText('approvals_bar_', bar)
          : [
              below_amount === null
                ? ''
                : m.approvals_rung_below({
                    amount: formatMoney(String(below_amount), currency, { whole: true }),
                  }),
              saved_wait_seconds === null
                ? ''
                : m.approvals_rung_saves({ wait: formatDuration(saved_wait_seconds) }),
            ]
              .filter((text) => text !== '')
              .join(' · '),
    })),
    warnings: judged.warnings.map(warningText),
  };
}

function warningText({ kind, values }: StepWarning): string {
  const shown = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name.endsWith('_share')
        ? formatNumber(value, 'fraction')
        : name.endsWith('_seconds')
          ? formatDuration(value)
          : formatNumber(value, name === 'z' ? 'number' : 'count'),
    ]),
  );
  return messageText('approvals_warning_', kind, shown);
}

/** What-ifs by entity, those whose model holds first; null while they are being worked out. */
export function whatIfs(
  { study }: HeldLog,
  names: ReadonlyMap<string, string>,
  currency: string | null,
): WhatIfView[] | null {
  if (study === null) return null;
  return study.what_ifs
    .map((found) => whatIfView(found, names, currency))
    .sort((a, b) => Number(b.is_good_enough) - Number(a.is_good_enough));
}

function whatIfView(
  { entity, tried }: EntityWhatIf,
  names: ReadonlyMap<string, string>,
  currency: string | null,
): WhatIfView {
  const name = entity === null ? null : (names.get(entity) ?? entity);
  const [first] = tried;
  const answer = first?.answer;
  if (answer === undefined)
    return {
      entity: name,
      check: m.approvals_what_if_none(),
      is_good_enough: false,
      now: null,
      rows: [],
    };
  if (answer.answer === 'too_little_data')
    return {
      entity: name,
      check: m.approvals_what_if_too_little({ cases: formatNumber(answer.cases, 'count') }),
      is_good_enough: false,
      now: null,
      rows: [],
    };
  const test = answer.back_test;
  const values = {
    month: new Date(test.held_out.from_ms).toISOString().slice(0, 7),
    cases: formatNumber(test.cases, 'count'),
    observed: formatNumber(test.observed_median_days, 'days'),
    replayed: formatNumber(test.replayed_median_days, 'days'),
    observed_p90: formatNumber(test.observed_p90_days, 'days'),
    replayed_p90: formatNumber(test.replayed_p90_days, 'days'),
    progress_gap: formatNumber(Math.abs(test.in_progress_gap), 'fraction'),
  };
  if (answer.answer === 'not_good_enough')
    return {
      entity: name,
      check: m.approvals_what_if_not_good_enough(values),
      is_good_enough: false,
      now: null,
      rows: [],
    };
  return {
    entity: name,
    check: m.approvals_what_if_check(values),
    is_good_enough: true,
    now: {
      name: m.approvals_what_if_now(),
      median: formatNumber(answer.effect.before_median_days, 'days'),
      p90: formatNumber(answer.effect.before_p90_days, 'days'),
    },
    rows: tried.flatMap((one) => effectRow(one, currency)),
  };
}

function effectRow({ change, answer }: TriedChange, currency: string | null): WhatIfView['rows'] {
  if (answer.answer !== 'effect') return [];
  const { low, middle, high } = answer.effect.median_change_days;
  const signed = (days: number): string => formatNumber(days, 'days', { signed: true });
  return [
    {
      name: changeName(change, currency),
      median: formatNumber(answer.effect.after_median_days, 'days'),
      p90: formatNumber(answer.effect.after_p90_days, 'days'),
      change: m.approvals_what_if_change({
        middle: signed(middle),
        low: signed(low),
        high: signed(high),
      }),
      is_faster: high < 0,
    },
  ];
}

function changeName(change: ProcessChange, currency: string | null): string {
  switch (change.kind) {
    case 'run_calendar':
      return m.approvals_change_daily_runs({ activity: change.activity });
    case 'remove_step':
      return m.approvals_change_remove({ step: spelledOut(change.step) });
    case 'threshold':
      return m.approvals_change_threshold({
        step: spelledOut(change.step),
        amount: formatMoney(String(change.below_amount), currency, { whole: true }),
      });
    case 'parallel_steps':
      return m.approvals_change_parallel({
        step: spelledOut(change.step),
        beside: spelledOut(change.beside),
      });
    case 'second_approver':
      return change.after_hours === 0
        ? m.approvals_change_approver({ step: spelledOut(change.step) })
        : m.approvals_change_delegate({
            step: spelledOut(change.step),
            hours: formatNumber(change.after_hours, 'count'),
          });
  }
}
