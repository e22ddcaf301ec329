import {
  formatDate,
  formatDateTime,
  formatDayRange,
  formatMoney,
  formatNumber,
} from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { messageText } from '../message-text.ts';
import { reasonText } from '../reads/reason-text.ts';
import type { DigestCase, DigestContent, DigestNumber, Precision } from './digest-content.ts';
import { Temporal } from 'temporal-polyfill';

/** A digest in the reader's words: what HTML and plain text both say. */
export interface DigestWords {
  readonly subject: string;
  readonly headline: string;
  readonly period: string;
  readonly scope: string;
  readonly lead: string;
  readonly numbers: readonly NumberWords[];
  readonly decided: readonly CaseWords[];
  readonly top: readonly CaseWords[];
  readonly effectiveness: string;
  readonly kinds: readonly (readonly [
    kind: string,
    flags: string,
    right: string,
    interval: string,
    stopped: string,
  ])[];
  readonly weeks: readonly (readonly [
    week: string,
    confirmed: string,
    dismissed: string,
    undecided: string,
  ])[];
  readonly reach: string;
}

/** A digest in words, with the head of the audit log it carries out; null while the log is empty. */
export type SignedDigestWords = DigestWords & { readonly audit_head: string | null };

export interface NumberWords {
  readonly name: string;
  readonly value: string;
  readonly change: string;
  /** Whether the change is what we want: colour goes with an arrow and a word. */
  readonly kind: 'good' | 'bad' | 'plain';
}

export interface CaseWords {
  readonly case_number: string;
  readonly vendor: string;
  readonly reason: string;
  readonly amount: string;
  readonly outcome: string;
  readonly needsLook: boolean;
}

/** Puts a digest into words in the current language. */
export function digestWords(content: DigestContent, recipient: string): DigestWords {
  const { precision, group_currency, period } = content;
  const money = (amount: string | null): string =>
    formatMoney(amount, group_currency, { whole: true });
  const lastDay = Temporal.PlainDate.from(period.end).subtract({ days: 1 }).toString();
  const range = formatDayRange(period.start, lastDay);
  const headline =
    content.stopped === null
      ? m.digest_headline_flagged({ flagged: content.flagged, decided: precision.decided })
      : m.digest_headline_stopped({
          flagged: content.flagged,
          confirmed: precision.confirmed,
          stopped: money(content.stopped),
        });
  return {
    subject: `${headline} · ${range}`,
    headline,
    period: m.digest_week({ range }),
    scope: m.digest_scope({ entities: content.entities, currency: group_currency }),
    lead:
      content.open.count === 0
        ? m.digest_lead_none({ name: recipient })
        : m.digest_lead_open({
            name: recipient,
            open: content.open.count,
            amount: money(content.open.amount),
          }),
    numbers: content.numbers.map((number) => numberWords(number, group_currency)),
    decided: content.decided.map((one) => caseWords(one, content)),
    top: content.top.map((one) => caseWords(one, content)),
    effectiveness: effectivenessText(content),
    kinds: content.kinds.map((kind) => [
      messageText('detector_', kind.detector),
      String(kind.decided),
      rightText(kind),
      intervalText(kind),
      kind.stopped === null ? '–' : formatMoney(kind.stopped, null, { whole: true }),
    ]),
    weeks: content.weeks.map((week) => [
      formatDate(week.start, { year: false }),
      String(week.confirmed),
      String(week.dismissed),
      String(week.undecided),
    ]),
    reach:
      m.digest_reach({
        at: formatDateTime(content.as_of, { timeZone: content.time_zone }),
        zone: content.time_zone,
      }) + (content.incomplete ? ` ${m.digest_incomplete()}` : ''),
  };
}

function numberWords(number: DigestNumber, currency: string): NumberWords {
  const { now, before, unit, better } = number;
  const shown = (value: number | string | null, signed = false): string =>
    formatNumber(value, signed && unit === 'fraction' ? 'points' : unit, {
      currency,
      signed,
      compact: unit === 'money',
    });
  const change = now.value === null || before.value === null ? null : now.value - before.value;
  const kind =
    change === null || change === 0 || better === 'context'
      ? 'plain'
      : change > 0 === (better === 'higher')
        ? 'good'
        : 'bad';
  const arrow = change === null ? '' : change > 0 ? '↑ ' : change < 0 ? '↓ ' : '';
  const word = { good: m.digest_better(), bad: m.digest_worse(), plain: '' }[kind];
  return {
    name: messageText('kpi_', `${number.id}_name`),
    value: now.tooFew && now.value === null ? m.digest_too_few() : shown(now.amount ?? now.value),
    change:
      change === null
        ? m.digest_no_comparison()
        : [`${arrow}${shown(change, true)}`, word].filter((part) => part !== '').join(' '),
    kind,
  };
}

function caseWords(one: DigestCase, content: DigestContent): CaseWords {
  const reason =
    one.reason === null
      ? ''
      : reasonText(one.reason, {
          currency: one.currency,
          group_currency: content.group_currency,
          time_zone: content.time_zone,
          names: content.names,
        });
  return {
    case_number: one.case_number,
    vendor: one.title.vendor_name ?? one.title.invoice_number ?? one.case_number,
    reason,
    amount: formatMoney(one.amount, one.currency),
    outcome:
      one.verdict === null || one.action === null
        ? m.digest_open()
        : m.digest_outcome({
            verdict: messageText('triage_verdict_', one.verdict),
            action: messageText('triage_action_', one.action),
            hours: formatNumber(one.hours_to_decision, 'hours'),
          }),
    needsLook: one.verdict === null || ['fraud', 'error', 'policy_breach'].includes(one.verdict),
  };
}

function effectivenessText(content: DigestContent): string {
  const { precision, median_hours_to_decision } = content;
  if (precision.decided === 0) return m.digest_effectiveness_none();
  return m.digest_effectiveness({
    confirmed: precision.confirmed,
    decided: precision.decided,
    interval: intervalText(precision),
    hours: formatNumber(median_hours_to_decision, 'hours'),
  });
}

function rightText({ confirmed, decided }: Precision): string {
  return decided === 0 ? '–' : `${confirmed} = ${Math.round((confirmed / decided) * 100)} %`;
}

function intervalText({ low, high }: Precision): string {
  return low === null || high === null
    ? '–'
    : `${Math.round(low * 100)}–${Math.round(high * 100)} %`;
}
