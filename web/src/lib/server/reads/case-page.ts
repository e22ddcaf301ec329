import { randomUUID } from 'node:crypto';
import type { Reason } from '#analytics/detectors/detector.ts';
import { bandOf, type Band } from '#analytics/stories.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '../application.ts';
import { caseProbability, probabilityInForce } from '../case-risk.ts';
import { can } from '../auth/permissions.ts';
import type { Person } from '../auth/person.ts';
import {
  assignableTo,
  getCase,
  type CaseComment,
  type CaseDetail,
  type CaseFinding,
} from '../state/cases.ts';
import { mergeCandidates, membersOf, type RelatedCase } from '../state/case-merge.ts';
import type { Decision } from '../state/decisions.ts';
import { readEvidence, type Evidence } from './case-evidence.ts';
import {
  readAccountChange,
  readCasePayment,
  requestStates,
  type AccountChange,
  type CasePayment,
  type RequestState,
} from './case-payment.ts';
import { readTimeline, type TimelineEntry } from './case-timeline.ts';
import { namesOf } from './names.ts';
import { messageText } from '../message-text.ts';
import { readPendingDecision, type PendingDecision } from './pending-decision.ts';
import { namedKeys, reasonView, type ReasonView } from './reason-text.ts';
import { runMoment, runTimes } from './run-times.ts';
import { readSimilarCases, type SimilarCase } from './similar-cases.ts';
import { setting } from './triage.ts';
import { readVendorHistory, type VendorHistory } from './vendor-history.ts';

/** One detector's answer, in the reader's language. */
export interface FindingView {
  readonly finding_key: string;
  readonly name: string;
  readonly reasons: readonly ReasonView[];
}

/** A related case with the names of what was found. */
export type RelatedCaseView = RelatedCase & {
  readonly alike: string;
  /** What a decision about it compares with; null when there is nothing in the ERP to decide. */
  readonly request: RequestState | null;
  /** Id of the decision about it, when it is decided with its lead. */
  readonly decision_id: string;
};

/** All that the page of one case shows. */
export interface CasePage {
  readonly case: Omit<CaseDetail, 'findings' | 'comments' | 'decisions' | 'title'>;
  readonly vendor_name: string | null;
  readonly invoice_number: string | null;
  readonly company_name: string | null;
  readonly band: Band;
  readonly probability: number;
  readonly headline: string;
  readonly findings: readonly FindingView[];
  readonly payment: CasePayment | null;
  readonly account: AccountChange | null;
  readonly history: VendorHistory | null;
  readonly timeline: readonly TimelineEntry[];
  readonly evidence: readonly Evidence[];
  readonly similar: readonly (SimilarCase & { readonly alike: string })[];
  readonly comments: readonly CaseComment[];
  readonly decisions: readonly Decision[];
  /** A release that waits for a second person. */
  readonly pending: PendingDecision | null;
  readonly is_mine: boolean;
  /** Cases decided together with this one. */
  readonly members: readonly RelatedCaseView[];
  /** Undecided cases of the vendor that this one could join. */
  readonly merge_candidates: readonly RelatedCaseView[];
  /** Others who may work on it. */
  readonly assignees: readonly { readonly user_id: string; readonly name: string }[];
  readonly may_decide: boolean;
  readonly may_comment: boolean;
  /** What a decision compares with; null when there is nothing in the ERP to decide. */
  readonly expected: { readonly status: string; readonly version: number } | null;
  /** Id of the next decision: a form sent twice is one decision. */
  readonly decision_id: string;
  /** Times a case can be put away until, UTC ISO. */
  readonly snooze_until: { readonly hours: string; readonly day: string; readonly week: string };
  readonly group_currency: string;
  readonly as_of: string;
}

/** The page of one case; null when it does not exist or is outside the person's entities. */
export async function readCase(person: Person, caseNumber: string): Promise<CasePage | null> {
  const { state, warehouse, configuration, asOf } = application();
  const found = await getCase(state, person, caseNumber);
  if (found === null) return null;
  const { findings, comments, decisions, title, ...shown } = found;
  const probabilityOf = await probabilityInForce(state);
  const ranked = [...findings].sort((a, b) => probabilityOf(b) - probabilityOf(a));
  const firstSeen = findings.map((one) => one.found_as_of).sort()[0] ?? null;
  const [payment, account, evidence, similar, names, times, people, members, candidates, pending] =
    await Promise.all([
      readCasePayment(warehouse, person, found.payment_request_key),
      readAccountChange(warehouse, person, found.payment_request_key),
      readEvidence(
        warehouse,
        person,
        findings.map((one) => one.finding_key),
      ),
      readSimilarCases(state, person, caseNumber),
      namesOf(warehouse, namedKeys(findings.flatMap((one) => one.reasons))),
      runTimes(warehouse, asOf()),
      assignableTo(state, found.company_key),
      membersOf(state, caseNumber),
      mergeCandidates(state, person, caseNumber),
      readPendingDecision(person, caseNumber),
    ]);
  const requests = await requestStates(
    warehouse,
    person,
    members.flatMap((one) => one.payment_request_key ?? []),
  );
  const related = (one: RelatedCase): RelatedCaseView => ({
    ...one,
    alike: one.detectors.map(detectorName).join(', '),
    request: requests.get(one.payment_request_key ?? '') ?? null,
    decision_id: randomUUID(),
  });
  const [history, timeline] = await Promise.all([
    readVendorHistory(warehouse, person, found.vendor_key, payment?.requested_at ?? asOf()),
    payment === null
      ? []
      : readTimeline(warehouse, person, payment, {
          account,
          due_at: runMoment(found, times),
          found_as_of: firstSeen,
        }),
  ]);
  const views = ranked.map((one) => findingView(person, one, names));
  const probability = caseProbability(findings, probabilityOf);
  const expected = expectedOf(found, payment);
  return {
    case: shown,
    vendor_name: title.vendor_name,
    invoice_number: title.invoice_number,
    company_name: title.company_name,
    band: bandOf(probability),
    probability,
    headline: views
      .flatMap((view) => view.reasons[0]?.text ?? [])
      .slice(0, 2)
      .join(' · '),
    findings: views,
    payment:
      payment === null || expected === null
        ? payment
        : { ...payment, status_text: messageText('payments_status_', expected.status) },
    account,
    history,
    timeline,
    evidence,
    similar: similar.map((one) => ({ ...one, alike: one.detectors.map(detectorName).join(', ') })),
    comments,
    decisions,
    pending,
    members: members.map(related),
    merge_candidates: candidates.map(related),
    is_mine: found.assignee === person.user_id,
    assignees: people
      .filter((one) => one.user_id !== person.user_id && one.user_id !== found.assignee)
      .map(({ user_id, name }) => ({ user_id, name })),
    may_decide:
      payment !== null &&
      found.merged_into === null &&
      can(person, 'cases.decide', found.company_key),
    may_comment: can(person, 'cases.comment', found.company_key),
    expected,
    decision_id: randomUUID(),
    snooze_until: { hours: fromNow(4), day: fromNow(24), week: fromNow(7 * 24) },
    group_currency: configuration.group_currency,
    as_of: asOf(),
  };
}

const fromNow = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

/** The message `detector_<id>` without its hyphens. */
export function detectorName(id: string): string {
  if (id.startsWith('rule:')) return m.rules_of_users();
  return messageText('detector_', id.replaceAll('-', '_'));
}

/** What found it: the detector, or the rule by the name it had then. */
export function findingName(finding: {
  readonly detector: string;
  readonly reasons: readonly Reason[];
}): string {
  const rule = finding.reasons.find(({ id }) => id === 'rule_matched')?.values['rule'];
  return rule === undefined ? detectorName(finding.detector) : String(rule);
}

function findingView(
  person: Person,
  finding: CaseFinding,
  names: ReadonlyMap<string, string>,
): FindingView {
  return {
    finding_key: finding.finding_key,
    name: findingName(finding),
    reasons: finding.reasons.map((reason) =>
      reasonView(reason, setting(person, names, finding.currency)),
    ),
  };
}

/** The ERP's last answer is newer than the warehouse until the next extract brings it. */
function expectedOf(
  found: CaseDetail,
  payment: CasePayment | null,
): { status: string; version: number } | null {
  if (payment === null) return null;
  const { erp_status, erp_version } = found;
  return erp_status !== null && erp_version !== null && erp_version > payment.status_version
    ? { status: erp_status, version: erp_version }
    : { status: payment.status, version: payment.status_version };
}
