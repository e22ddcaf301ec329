import {
  stateAfter,
  undoSeconds,
  type Action,
  type ReasonCode,
  type Verdict,
} from '#lib/decisions.ts';
import type { Person } from '../auth/person.ts';
import { appendAudit } from './audit.ts';
import type { LockedCase } from './case-row.ts';
import type { Queries } from './database.ts';
import { enqueue } from './outbox.ts';

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

/** Who brought a decision about: a person alone, with others, or a standing decision. */
export interface DecisionOrigin {
  readonly decided_by: Pick<Person, 'user_id'>;
  /** Actor of the audit row when it is not the one who decided. */
  readonly actor?: string;
  readonly policy_version: number | null;
  readonly confirmed_by?: readonly string[];
  readonly standing?: { readonly standing_id: string; readonly version: number };
}

/**
 * Writes a decision that is fully approved: the row, its audit entry, the case's new state and the
 * job that carries it to the source system. Callers hold the lock on the case.
 */
export async function recordDecision(
  queries: Queries,
  origin: DecisionOrigin,
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
      origin.decided_by.user_id,
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
    actor: origin.actor ?? origin.decided_by.user_id,
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
      policy_version: origin.policy_version,
      ...(origin.confirmed_by === undefined
        ? {}
        : { decided_by: origin.decided_by.user_id, confirmed_by: [...origin.confirmed_by] }),
      ...(origin.standing === undefined
        ? {}
        : {
            standing_decision: origin.standing.standing_id,
            standing_version: origin.standing.version,
          }),
    },
  });
}
