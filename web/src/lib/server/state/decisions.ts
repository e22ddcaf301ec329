import {
  actions,
  reasonCodesFor,
  verdicts,
  type Action,
  type CaseState,
  type DeliveryState,
  type ReasonCode,
  type Verdict,
} from '#lib/decisions.ts';
import { bandOf } from '#analytics/stories.ts';
import { requestStatuses } from '#ingest/records.ts';
import { can } from '../auth/permissions.ts';
import { personById, type Person } from '../auth/person.ts';
import { caseProbability, probabilityInForce } from '../case-risk.ts';
import { requiredPersons } from '../control/approval-plan.ts';
import { decisionText, needsSignature } from '../control/decision-text.ts';
import { dutyIn, type Duty } from '../control/duties.ts';
import { planFor, type PaymentFacts } from '../control/policy-document.ts';
import { appendAudit } from './audit.ts';
import { lockCase, type LockedCase } from './case-row.ts';
import type { Queries, State } from './database.ts';
import { recordDecision, type DecisionInput } from './decision-record.ts';
import { requestById, type StoredRequest } from './decision-request.ts';
import {
  checkSignature,
  keepSignature,
  type GivenSignature,
  type UnsignedResult,
} from './decision-signature.ts';
import { askForConfirmation, isOver, overtakePending, type AskResult } from './four-eyes.ts';
import { withdraw } from './outbox.ts';
import { livePolicy } from './policy-live.ts';
import { mayRelease } from './release-limit.ts';

/** A decision with its way to the ERP. */
export interface Decision {
  readonly decision_id: string;
  readonly case_number: string;
  readonly verdict: Verdict;
  readonly reason_code: ReasonCode;
  readonly action: Action;
  readonly note: string;
  readonly decided_by: string;
  readonly decided_by_name: string;
  readonly decided_at: string;
  readonly undone_at: string | null;
  readonly delivery: DeliveryState | null;
  readonly attempts: number;
  readonly delivery_error: string | null;
  readonly erp_status: string | null;
  /** What the ERP still waits for although it accepted. */
  readonly awaits: 'second_approval' | null;
  /** Not tried again by itself: a person has to act and may send it again. */
  readonly stopped: boolean;
  readonly send_at: string | null;
  readonly accepted_at: string | null;
}

export type DecideResult =
  /** `repeated`: the same decision id came before; nothing was done twice. */
  | { readonly outcome: 'decided'; readonly decision: Decision; readonly repeated: boolean }
  /** The case does not exist, or the person may not see it: not told apart. */
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'forbidden' }
  /** Somebody was faster, or new findings came in: show the case again. */
  | { readonly outcome: 'changed'; readonly case_version: number }
  /** A field is not allowed: which. */
  | { readonly outcome: 'invalid'; readonly field: string }
  /** What the person did in the source system excludes releasing it. */
  | { readonly outcome: 'duty'; readonly duty: Duty }
  /** The payment has left, or never will: nothing can be decided. */
  | { readonly outcome: 'over' }
  /** More than one person is needed: `asked` was stored and waits, nothing was sent. */
  | AskResult
  | UnsignedResult;

export type UndoResult =
  | { readonly outcome: 'undone' }
  | { readonly outcome: 'too_late' }
  | { readonly outcome: 'not_found' };

const longestNote = 4_000;

/**
 * Records a decision: the decision, its audit row, the case's new state and the job that carries it
 * to the source system, in one transaction. The same `decision_id` again gives the same answer. A
 * release that takes more than one person is stored instead, until the others have confirmed it.
 * What stops a payment always goes at once.
 */
export async function decide(
  state: State,
  person: Person,
  input: DecisionInput,
  given: GivenSignature | null = null,
): Promise<DecideResult> {
  const invalid = invalidField(input);
  if (invalid !== null) return { outcome: 'invalid', field: invalid };
  return state.transaction(async (queries) => {
    const found = await lockCase(queries, person, input.case_number);
    if (found === null) return { outcome: 'not_found' };
    // Asked again under the lock: the role may have ended since the request came in.
    const decider = await personById(queries, person.user_id);
    if (decider === null || !can(decider, 'cases.decide', found.company_key)) {
      return { outcome: 'forbidden' };
    }
    const earlier = await decisionById(queries, input.decision_id);
    if (earlier !== null) return repeatedAnswer(earlier, person, input);
    const asked = await requestById(queries, input.decision_id);
    if (asked !== null) return repeatedRequest(asked, person, input);

    if (found.version !== input.case_version) {
      return { outcome: 'changed', case_version: found.version };
    }
    if (isOver(input.expected_status)) return { outcome: 'over' };
    const { version: policy_version, document } = await livePolicy(queries);
    if (input.action === 'release') {
      const duty = dutyIn(found.facts, decider.employee_keys);
      if (duty !== null) return { outcome: 'duty', duty };
      const payment = await paymentFacts(queries, found);
      const plan = planFor(document, payment, mayRelease(decider, found));
      const text = decisionText('decide', decider.user_id, input, found);
      const sign = needsSignature(document, found.amount_base)
        ? await checkSignature(queries, decider, text, given)
        : null;
      if (sign !== null && sign.outcome !== 'signed') return sign;
      const asked =
        plan.stages.length > 0
          ? await askForConfirmation(queries, decider, { input, found, plan, policy_version })
          : null;
      if (asked !== null && asked.outcome !== 'asked') return asked;
      if (sign !== null) await keepSignature(queries, decider, input, text, sign.proof);
      if (asked !== null) return asked;
    }
    await overtakePending(queries, found);
    await recordDecision(queries, { decided_by: decider, policy_version }, input, found);
    const decision = await decisionById(queries, input.decision_id);
    if (decision === null) throw new Error(`decision ${input.decision_id} was not stored`);
    return { outcome: 'decided', decision: decision.shown, repeated: false };
  });
}

/** What the policy's rules look at, of a case. */
export async function paymentFacts(queries: Queries, found: LockedCase): Promise<PaymentFacts> {
  const findings = await queries.query<{ detector: string; score: number }>(
    'select detector, score from case_finding where case_number = $1',
    [found.case_number],
  );
  return {
    amount_base: found.amount_base,
    category: found.facts.category ?? null,
    vendor_class: found.facts.vendor_class ?? 'new',
    company_key: found.company_key,
    band: bandOf(caseProbability(findings, await probabilityInForce(queries))),
  };
}

function repeatedRequest(asked: StoredRequest, person: Person, input: DecisionInput): DecideResult {
  const same =
    asked.asked_by === person.user_id &&
    asked.case_number === input.case_number &&
    asked.change.action === input.action &&
    asked.change.verdict === input.verdict &&
    asked.change.reason_code === input.reason_code;
  if (!same) return { outcome: 'invalid', field: 'decision_id' };
  const { because } = asked.plan;
  const required_persons = requiredPersons(asked.plan);
  return {
    outcome: 'asked',
    asked: { confirmation_id: asked.confirmation_id, who: [], because, required_persons },
    repeated: true,
  };
}

function repeatedAnswer(
  earlier: StoredDecision,
  person: Person,
  input: DecisionInput,
): DecideResult {
  const same =
    earlier.user_id === person.user_id &&
    earlier.shown.case_number === input.case_number &&
    earlier.shown.action === input.action &&
    earlier.shown.verdict === input.verdict &&
    earlier.shown.reason_code === input.reason_code;
  return same
    ? { outcome: 'decided', decision: earlier.shown, repeated: true }
    : { outcome: 'invalid', field: 'decision_id' };
}

/** Takes a decision back while it has not been sent; the case is as it was before. */
export async function undo(state: State, person: Person, decisionId: string): Promise<UndoResult> {
  if (!uuidPattern.test(decisionId)) return { outcome: 'not_found' };
  return state.transaction(async (queries) => {
    const [target] = await queries.query<{ case_number: string; case_state_before: CaseState }>(
      `select case_number, case_state_before from decision where decision_id = $1
       and (decided_by = $2 or exists (select from confirmation_answer a
         where a.confirmation_id = decision_id and a.answered_by = $2 and a.answer = 'confirm'))`,
      [decisionId, person.user_id],
    );
    if (target === undefined) return { outcome: 'not_found' };
    const found = await lockCase(queries, person, target.case_number);
    if (found === null) return { outcome: 'not_found' };
    if (!(await withdraw(queries, decisionId))) return { outcome: 'too_late' };
    await queries.query(
      'update decision set undone_at = current_timestamp, undone_by = $2 where decision_id = $1',
      [decisionId, person.user_id],
    );
    await queries.query(
      `update cases set state = $2, version = version + 1, updated_at = current_timestamp
       where case_number = $1`,
      [target.case_number, target.case_state_before],
    );
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'decision.undone',
      subject: target.case_number,
      before: { state: found.state, decision_id: decisionId },
      after: { state: target.case_state_before },
    });
    return { outcome: 'undone' };
  });
}

const decisionColumns = `
  d.decision_id, d.case_number, d.verdict, d.reason_code, d.action, d.note, d.decided_by,
  u.name as decided_by_name, d.decided_at, d.undone_at, o.state as delivery,
  coalesce(o.attempts, 0) as attempts, o.last_error as delivery_error, o.erp_status, o.awaits,
  coalesce(o.state = 'needs_person' and o.answered_at is not null, false) as stopped, o.send_at,
  case when o.state = 'accepted' then o.answered_at end as accepted_at
  from decision d join "user" u on u.id = d.decided_by
  left join outbox o on o.decision_id = d.decision_id`;

/** The decisions of one case, the latest first. Scope is the caller's: ask for cases seen by the person only. */
export function decisionsOf(queries: Queries, caseNumber: string): Promise<Decision[]> {
  return queries.query(
    `select ${decisionColumns} where d.case_number = $1 order by d.decided_at desc, d.decision_id`,
    [caseNumber],
  );
}

interface StoredDecision {
  readonly shown: Decision;
  readonly user_id: string;
}

async function decisionById(queries: Queries, decisionId: string): Promise<StoredDecision | null> {
  const [shown] = await queries.query<Decision>(
    `select ${decisionColumns} where d.decision_id = $1`,
    [decisionId],
  );
  return shown === undefined ? null : { shown, user_id: shown.decided_by };
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function invalidField(input: DecisionInput): string | null {
  if (!uuidPattern.test(input.decision_id)) return 'decision_id';
  if (!verdicts.includes(input.verdict)) return 'verdict';
  if (!reasonCodesFor(input.verdict).includes(input.reason_code)) return 'reason_code';
  if (!actions.includes(input.action)) return 'action';
  if (!(requestStatuses as readonly string[]).includes(input.expected_status))
    return 'expected_status';
  if (!Number.isSafeInteger(input.expected_version)) return 'expected_version';
  if (!Number.isSafeInteger(input.case_version)) return 'case_version';
  if (input.note.length > longestNote) return 'note';
  if (input.verdict === 'unsure' && input.action === 'release') return 'action';
  return null;
}
