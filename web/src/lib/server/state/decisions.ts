import {
  actions,
  reasonCodesFor,
  stateAfter,
  undoSeconds,
  verdicts,
  type Action,
  type CaseState,
  type DeliveryState,
  type ReasonCode,
  type Verdict,
} from '#lib/decisions.ts';
import { requestStatuses } from '#ingest/records.ts';
import { can } from '../auth/permissions.ts';
import { listPeople, type Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import { lockCase, type LockedCase } from './case-row.ts';
import type { Queries, State } from './database.ts';
import { enqueue, withdraw } from './outbox.ts';
import { mayRelease } from './release-limit.ts';

/** What a person decided, as posted. */
export interface DecisionInput {
  /** Made by the client, so that a repeated request gets the same answer. */
  readonly decision_id: string;
  readonly case_number: string;
  /** `Case.version` the person saw. */
  readonly case_version: number;
  readonly verdict: Verdict;
  readonly reason_code: ReasonCode;
  readonly action: Action;
  readonly note: string;
  /** `payment_flow.status` and `status_version` the person saw (or `CaseDetail.erp_status`, `erp_version` when newer). */
  readonly expected_status: string;
  readonly expected_version: number;
}

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
  /** Above the person's limit: nothing was recorded; `who` may release it. */
  | {
      readonly outcome: 'needs_second_person';
      readonly limit: string;
      readonly limit_currency: string;
      readonly who: readonly string[];
    };

export type UndoResult =
  | { readonly outcome: 'undone' }
  | { readonly outcome: 'too_late' }
  | { readonly outcome: 'not_found' };

const longestNote = 4_000;

/**
 * Records a decision: the decision, its audit row, the case's new state and the job that carries it
 * to the source system, in one transaction. The same `decision_id` again gives the same answer.
 */
export async function decide(
  state: State,
  person: Person,
  input: DecisionInput,
): Promise<DecideResult> {
  const invalid = invalidField(input);
  if (invalid !== null) return { outcome: 'invalid', field: invalid };
  return state.transaction(async (queries) => {
    const found = await lockCase(queries, person, input.case_number);
    if (found === null) return { outcome: 'not_found' };
    if (!can(person, 'cases.decide', found.company_key)) return { outcome: 'forbidden' };

    const earlier = await decisionById(queries, input.decision_id);
    if (earlier !== null) return repeatedAnswer(earlier, person, input);

    if (found.version !== input.case_version) {
      return { outcome: 'changed', case_version: found.version };
    }
    if (input.action === 'release' && !mayRelease(person, found)) {
      return {
        outcome: 'needs_second_person',
        limit: person.approval_limit ?? '0',
        limit_currency: person.limit_currency ?? '',
        who: await whoMayRelease(queries, found),
      };
    }
    await record(queries, person, input, found);
    const decision = await decisionById(queries, input.decision_id);
    if (decision === null) throw new Error(`decision ${input.decision_id} was not stored`);
    return { outcome: 'decided', decision: decision.shown, repeated: false };
  });
}

async function record(
  queries: Queries,
  person: Person,
  input: DecisionInput,
  found: LockedCase,
): Promise<void> {
  const decidedAt = new Date();
  await queries.query(
    `insert into decision (decision_id, case_number, verdict, reason_code, action, note, decided_by,
       decided_at, case_version, case_state_before, expected_status, expected_version)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      input.decision_id,
      input.case_number,
      input.verdict,
      input.reason_code,
      input.action,
      input.note.trim(),
      person.user_id,
      decidedAt,
      found.version,
      found.state,
      input.expected_status,
      input.expected_version,
    ],
  );
  const after = stateAfter(input.action);
  await queries.query(
    `update cases set state = $2, snoozed_until = null, version = version + 1,
       updated_at = current_timestamp where case_number = $1`,
    [input.case_number, after],
  );
  await enqueue(queries, { decision_id: input.decision_id, found, decidedAt, undoSeconds });
  await appendAudit(queries, {
    actor: person.user_id,
    action: 'decision.recorded',
    subject: input.case_number,
    before: { state: found.state, version: found.version },
    after: {
      state: after,
      decision_id: input.decision_id,
      verdict: input.verdict,
      reason_code: input.reason_code,
      action: input.action,
      note: input.note.trim(),
      expected_status: input.expected_status,
      expected_version: input.expected_version,
    },
  });
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
      'select case_number, case_state_before from decision where decision_id = $1 and decided_by = $2',
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
  coalesce(o.attempts, 0) as attempts, o.last_error as delivery_error, o.erp_status, o.send_at,
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

async function whoMayRelease(queries: Queries, found: LockedCase): Promise<string[]> {
  const people = await listPeople(queries);
  return people
    .filter((person) => can(person, 'cases.decide', found.company_key) && mayRelease(person, found))
    .map((person) => person.name);
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
