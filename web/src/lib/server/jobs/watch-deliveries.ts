import { appendAudit } from '../state/audit.ts';
import type { State } from '../state/database.ts';
import { escalateHoldMs } from './deliver.ts';

const alarmsAtOnce = 500;

/**
 * Raises the alarm, once, for holds that have had no answer for 15 minutes: the money may move.
 * It looks at the clock alone, so that it also sees those nobody could try to send.
 * Gives the case numbers.
 */
export function watchDeliveries(state: State, now: Date): Promise<string[]> {
  return state.transaction(async (queries) => {
    const late = await queries.query<{
      decision_id: string;
      case_number: string;
      state: string;
      attempts: number;
      last_error: string | null;
    }>(
      `select o.decision_id, d.case_number, o.state, o.attempts, o.last_error
       from outbox o join decision d on d.decision_id = o.decision_id
       where d.action = 'hold' and o.alarmed_at is null and o.answered_at is null
         and o.state in ('queued', 'sent', 'retrying', 'needs_person')
         and coalesce(o.replayed_at, o.queued_at) < $1
       order by o.id limit $2 for update of o`,
      [new Date(now.getTime() - escalateHoldMs), alarmsAtOnce],
    );
    for (const row of late) {
      await queries.query(
        `update outbox set alarmed_at = $2,
           state = case when state in ('retrying', 'queued') then 'needs_person' else state end
         where decision_id = $1`,
        [row.decision_id, now],
      );
      await appendAudit(queries, {
        actor: 'system:watch_deliveries',
        action: 'delivery.alarm',
        subject: row.case_number,
        before: { state: row.state, attempts: row.attempts },
        after: { decision_id: row.decision_id, why: row.last_error },
      });
    }
    return late.map((row) => row.case_number);
  });
}
