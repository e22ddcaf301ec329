import type { Command } from '#ingest/connector.ts';
import type { DeliveryState } from '#lib/decisions.ts';
import { appendAudit } from './audit.ts';
import type { LockedCase } from './case-row.ts';
import type { Queries, State } from './database.ts';

/** Name of the task that sends decisions (jobs/tasks.ts). */
export const deliverTask = 'deliver';
/** The task keeps its own count and schedule; the queue must not give up before it. */
const queueAttempts = 1_000;

/** A decision that has not been answered finally, with everything its delivery needs. */
export interface Delivery {
  readonly id: number;
  readonly source: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly queued_at: string;
  readonly case_number: string;
  readonly command: Command;
}

/** Queues a decision in the caller's transaction. A case without a payment request has nothing to send. */
export async function enqueue(
  queries: Queries,
  order: { decision_id: string; found: LockedCase; decidedAt: Date; undoSeconds: number },
): Promise<void> {
  const { source, payment_request_id } = order.found;
  if (source === null || payment_request_id === null) return;
  const sendAt = new Date(order.decidedAt.getTime() + order.undoSeconds * 1_000);
  await queries.query(
    `insert into outbox (decision_id, source, payment_request_id, queued_at, send_at)
     values ($1, $2, $3, $4, $5)`,
    [order.decision_id, source, payment_request_id, order.decidedAt, sendAt],
  );
  await addJob(queries, {
    decision_id: order.decision_id,
    queue: queueOf(source, payment_request_id),
    runAt: sendAt,
  });
}

/** Takes a decision out while it is still queued; false when it is on its way. */
export async function withdraw(queries: Queries, decisionId: string): Promise<boolean> {
  const rows = await queries.query(
    `update outbox set state = 'undone' where decision_id = $1 and state = 'queued' returning id`,
    [decisionId],
  );
  if (rows.length === 0) {
    const sent = await queries.query('select 1 from outbox where decision_id = $1', [decisionId]);
    const open = await queries.query(
      `select 1 from decision where decision_id = $1 and undone_at is null
       and decided_at > current_timestamp - interval '10 seconds'`,
      [decisionId],
    );
    return sent.length === 0 && open.length > 0;
  }
  await queries.query('select graphile_worker.remove_job($1)', [jobKey(decisionId)]);
  return true;
}

/**
 * Takes a decision for sending: marks it sent (its answer is unknown from here on) and counts the
 * attempt. `blocked` while an earlier decision about the same request has no final answer, so that
 * hold, release, hold arrive in that order; null when there is nothing to send any more.
 */
export function claim(
  state: State,
  decisionId: string,
): Promise<{ blocked: true; queue: string } | { blocked: false; delivery: Delivery } | null> {
  return state.transaction(async (queries) => {
    const [row] = await queries.query<ClaimedRow>(
      `select o.id, o.source, o.payment_request_id, o.state, o.attempts, o.queued_at,
         d.decision_id, d.case_number, d.action, d.reason_code, d.note, u.name as decided_by, d.decided_at,
         d.expected_status, d.expected_version,
         u.email as decided_by_email, o.answered_at, o.replayed_at
       from outbox o join decision d on d.decision_id = o.decision_id join "user" u on u.id = d.decided_by
       where o.decision_id = $1 for update of o`,
      [decisionId],
    );
    if (row === undefined || isFinal(row)) return null;
    const queue = queueOf(row.source, row.payment_request_id);
    const earlier = await queries.query<{
      state: DeliveryState;
      answered_at: string | null;
      erp_status: string;
      erp_version: number;
    }>(
      `select state, answered_at, erp_status, erp_version from outbox
       where source = $1 and payment_request_id = $2 and id < $3 order by id desc`,
      [row.source, row.payment_request_id, row.id],
    );
    if (earlier.some((other) => !isFinal(other))) return { blocked: true, queue };
    await queries.query(
      `update outbox set state = 'sent', sent_at = current_timestamp, attempts = attempts + 1,
         next_attempt_at = null where id = $1`,
      [row.id],
    );
    // The person may not have seen yet what our own earlier decision did to the request.
    const own = earlier.find(({ state: other }) => other === 'accepted');
    const newer = own !== undefined && own.erp_version > row.expected_version;
    return {
      blocked: false,
      delivery: {
        id: row.id,
        source: row.source,
        state: row.state,
        attempts: row.attempts + 1,
        queued_at: row.replayed_at ?? row.queued_at,
        case_number: row.case_number,
        command: {
          decision_id: row.decision_id,
          action: row.action,
          payment_request_id: row.payment_request_id,
          expected_status: newer ? own.erp_status : row.expected_status,
          expected_version: newer ? own.erp_version : row.expected_version,
          reason_code: row.reason_code,
          note: row.note,
          decided_by: row.decided_by,
          decided_by_email: row.decided_by_email,
          decided_at: row.decided_at,
        },
      },
    };
  });
}

interface ClaimedRow extends Command {
  readonly id: number;
  readonly source: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly queued_at: string;
  readonly replayed_at: string | null;
  readonly answered_at: string | null;
  readonly case_number: string;
  readonly decided_by_email: string;
}

/** Records the final answer; what was not accepted puts its case back in the inbox. */
export function settle(
  state: State,
  delivery: Delivery,
  answer:
    | {
        readonly state: 'accepted';
        readonly status: string;
        readonly status_version: number;
        readonly awaits?: 'second_approval';
      }
    | { readonly state: 'refused' | 'needs_person'; readonly why: string },
): Promise<void> {
  return state.transaction(async (queries) => {
    const accepted = answer.state === 'accepted' ? answer : null;
    const why = answer.state === 'accepted' ? null : answer.why;
    await queries.query(
      `update outbox set state = $2, erp_status = $3, erp_version = $4, last_error = $5,
         awaits = $6, answered_at = current_timestamp, next_attempt_at = null where id = $1`,
      [
        delivery.id,
        answer.state,
        accepted?.status ?? null,
        accepted?.status_version ?? null,
        why,
        accepted?.awaits ?? null,
      ],
    );
    if (accepted === null) {
      await queries.query(
        `update cases set state = 'open', version = version + 1, updated_at = current_timestamp
         where case_number = $1`,
        [delivery.case_number],
      );
    }
    await appendAudit(queries, {
      actor: 'system:deliver',
      action: `delivery.${answer.state}`,
      subject: delivery.case_number,
      before: { state: 'sent', attempts: delivery.attempts },
      after: {
        decision_id: delivery.command.decision_id,
        state: answer.state,
        erp_status: accepted?.status ?? null,
        erp_version: accepted?.status_version ?? null,
        awaits: accepted?.awaits ?? null,
        why,
      },
    });
  });
}

/** Nothing is known: keeps the decision for another attempt. `needsPerson` shows it to people meanwhile. */
export function postpone(
  state: State,
  delivery: Delivery,
  attempt: { readonly why: string; readonly at: Date; readonly needsPerson: boolean },
): Promise<void> {
  return state.transaction(async (queries) => {
    const [before] = await queries.query<{ state: DeliveryState }>(
      'select state from outbox where id = $1 for update',
      [delivery.id],
    );
    const after = attempt.needsPerson ? 'needs_person' : 'retrying';
    await queries.query(
      'update outbox set state = $2, last_error = $3, next_attempt_at = $4 where id = $1',
      [delivery.id, after, attempt.why, attempt.at],
    );
    await addJob(queries, {
      decision_id: delivery.command.decision_id,
      queue: queueOf(delivery.source, delivery.command.payment_request_id),
      runAt: attempt.at,
    });
    if (attempt.needsPerson && delivery.state !== 'needs_person') {
      await appendAudit(queries, {
        actor: 'system:deliver',
        action: 'delivery.needs_person',
        subject: delivery.case_number,
        before: { state: before?.state ?? 'sent' },
        after: { decision_id: delivery.command.decision_id, why: attempt.why },
      });
    }
  });
}

/** Gives every unanswered decision a job again, after a crash or a restored backup. */
export function requeueUnanswered(state: State): Promise<number> {
  return state.transaction(async (queries) => {
    const rows = await queries.query<{
      decision_id: string;
      source: string;
      payment_request_id: string;
      run_at: string;
    }>(
      `select decision_id, source, payment_request_id, coalesce(next_attempt_at, send_at) as run_at
       from outbox where state in ('queued', 'sent', 'retrying', 'needs_person') and answered_at is null
       order by id`,
    );
    for (const row of rows) {
      await addJob(queries, {
        decision_id: row.decision_id,
        queue: queueOf(row.source, row.payment_request_id),
        runAt: new Date(row.run_at),
      });
    }
    return rows.length;
  });
}

/** Gives a decision that is still to be sent its job at another time. */
export async function jobOf(queries: Queries, decisionId: string, runAt: Date): Promise<void> {
  const [row] = await queries.query<{ source: string; payment_request_id: string }>(
    'select source, payment_request_id from outbox where decision_id = $1 and answered_at is null',
    [decisionId],
  );
  if (row === undefined) return;
  const queue = queueOf(row.source, row.payment_request_id);
  await addJob(queries, { decision_id: decisionId, queue, runAt });
}

/** Sends a decision to the queue of jobs; one job per decision, one queue per payment request. */
export async function addJob(
  queries: Queries,
  job: { decision_id: string; queue: string; runAt: Date },
): Promise<void> {
  await queries.query(
    `select graphile_worker.add_job($1, payload => $2::json, queue_name => $3, run_at => $4,
       max_attempts => $5, job_key => $6)`,
    [
      deliverTask,
      JSON.stringify({ decision_id: job.decision_id }),
      job.queue,
      job.runAt,
      queueAttempts,
      jobKey(job.decision_id),
    ],
  );
}

/** Queue of one payment request: its decisions are sent one after the other. */
export function queueOf(source: string, paymentRequestId: string): string {
  return `request:${source}:${paymentRequestId}`;
}

function jobKey(decisionId: string): string {
  return `decision:${decisionId}`;
}

/** A decision that needs a person and was answered is not tried again, nor does it hold up later ones. */
function isFinal(row: { state: DeliveryState; answered_at: string | null }): boolean {
  return ['accepted', 'refused', 'undone'].includes(row.state) || row.answered_at !== null;
}
