import { appendAudit } from './audit.ts';
import type { Queries, State } from './database.ts';
import { addJob, queueOf } from './outbox.ts';

/** A decision that stopped: it was refused for good, or needs a person, and is not tried again. */
export interface DeadLetter {
  readonly decision_id: string;
  readonly case_number: string;
  readonly source: string;
  readonly payment_request_id: string;
  readonly action: string;
  readonly state: 'refused' | 'needs_person';
  readonly why: string | null;
  readonly attempts: number;
  readonly answered_at: string;
  /** A later decision about the same payment got through: sending this one would undo it. */
  readonly is_superseded: boolean;
}

const selectDeadLetters = `
  select o.decision_id, d.case_number, o.source, o.payment_request_id, d.action, o.state,
    o.last_error as why, o.attempts, o.answered_at,
    exists (
      select 1 from outbox later
      where later.source = o.source and later.payment_request_id = o.payment_request_id
        and later.id > o.id and later.state <> 'undone'
    ) as is_superseded
  from outbox o join decision d on d.decision_id = o.decision_id
  where o.state in ('refused', 'needs_person') and o.answered_at is not null`;

const mostShown = 1_000;

/** The decisions that stopped, the latest first. */
export function listDeadLetters(queries: Queries): Promise<DeadLetter[]> {
  return queries.query(`${selectDeadLetters} order by o.answered_at desc, o.id desc limit $1`, [
    mostShown,
  ]);
}

export type ReplayResult = 'replayed' | 'superseded' | 'not_stopped';

/**
 * Sends a stopped decision again under its own id, so that whatever an earlier attempt did is
 * recognised. One that a later decision has overtaken is never sent again.
 */
export function replay(state: State, decisionId: string, actor: string): Promise<ReplayResult> {
  return state.transaction(async (queries) => {
    await queries.query('select 1 from outbox where decision_id = $1 for update', [decisionId]);
    const [found] = await queries.query<DeadLetter>(`${selectDeadLetters} and o.decision_id = $1`, [
      decisionId,
    ]);
    if (found === undefined) return 'not_stopped';
    if (found.is_superseded) return 'superseded';
    await queries.query(
      `update outbox set state = 'retrying', answered_at = null, alarmed_at = null,
         replayed_at = current_timestamp, next_attempt_at = current_timestamp where decision_id = $1`,
      [decisionId],
    );
    await addJob(queries, {
      decision_id: decisionId,
      queue: queueOf(found.source, found.payment_request_id),
      runAt: new Date(),
    });
    await appendAudit(queries, {
      actor,
      action: 'delivery.replayed',
      subject: found.case_number,
      before: { state: found.state, why: found.why, attempts: found.attempts },
      after: { decision_id: decisionId, state: 'retrying' },
    });
    return 'replayed';
  });
}
