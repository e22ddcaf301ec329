import type { Queryable } from '#analytics/table.ts';
import type { RequestStatus } from '#ingest/records.ts';
import type { Action } from '#lib/decisions.ts';
import { appendAudit } from '../state/audit.ts';
import type { State } from '../state/database.ts';

/** States of a request with which an accepted decision agrees. */
const agreeing = {
  release: ['in_approval', 'approved', 'released', 'paid'],
  hold: ['held'],
  refer: ['referred', 'in_approval', 'draft'],
  reject: ['rejected', 'cancelled'],
} as const satisfies Record<Action, readonly RequestStatus[]>;

const comparedAtOnce = 5_000;
/** Decisions older than this are history. */
const comparedDays = 90;

/** A payment about which the source says something else than the decision it accepted. */
export interface Drift {
  readonly case_number: string;
  readonly payment_request_id: string;
  readonly action: Action;
  readonly found_status: string | null;
}

/**
 * Compares the sources' queues, as of their last extract, with the latest decision each accepted.
 * A difference is recorded once, audited, and puts the case back in the inbox; nothing is sent:
 * a person may well have decided otherwise in the source. Gives the differences that are new.
 */
export async function reconcileDeliveries(state: State, warehouse: Queryable): Promise<Drift[]> {
  const accepted = await state.query<AcceptedRow>(
    `select * from (
       select distinct on (o.source, o.payment_request_id)
         o.source, o.payment_request_id, o.decision_id, d.case_number, d.action, o.awaits, o.state, o.answered_at
       from outbox o join decision d on d.decision_id = o.decision_id
       where o.state <> 'undone' and o.queued_at > current_timestamp - make_interval(days => $1)
       order by o.source, o.payment_request_id, o.id desc
     ) as latest where state = 'accepted' order by answered_at desc limit $2`,
    [comparedDays, comparedAtOnce],
  );
  const drifts: Drift[] = [];
  for (const row of accepted) {
    const [found] = await warehouse.rows(
      `select status from payment_request
       where source = $source and payment_request_id = $id and extracted_at > $answered_at::timestamp`,
      { source: row.source, id: row.payment_request_id, answered_at: row.answered_at },
    );
    if (found === undefined) continue;
    const status = String(found['status']);
    const agrees = (agreeing[row.action] as readonly string[]).includes(status);
    if (agrees) await resolve(state, row);
    else if (await raise(state, row, status))
      drifts.push({
        case_number: row.case_number,
        payment_request_id: row.payment_request_id,
        action: row.action,
        found_status: status,
      });
  }
  return drifts;
}

interface AcceptedRow {
  readonly source: string;
  readonly payment_request_id: string;
  readonly decision_id: string;
  readonly case_number: string;
  readonly action: Action;
  readonly answered_at: string;
}

async function resolve(state: State, row: AcceptedRow): Promise<void> {
  await state.query(
    `update delivery_drift set resolved_at = current_timestamp
     where source = $1 and payment_request_id = $2 and decision_id = $3 and resolved_at is null`,
    [row.source, row.payment_request_id, row.decision_id],
  );
}

/** True when the difference is new. */
function raise(state: State, row: AcceptedRow, status: string): Promise<boolean> {
  return state.transaction(async (queries) => {
    const [added] = await queries.query(
      `insert into delivery_drift as drift
         (source, payment_request_id, decision_id, case_number, expected_status, found_status, found_at)
       values ($1, $2, $3, $4, $5, $6, current_timestamp)
       on conflict (source, payment_request_id, decision_id) do update
         set found_status = excluded.found_status, found_at = excluded.found_at, resolved_at = null
         where drift.found_status is distinct from excluded.found_status or drift.resolved_at is not null
       returning 1 as added`,
      [
        row.source,
        row.payment_request_id,
        row.decision_id,
        row.case_number,
        agreeing[row.action].join(','),
        status,
      ],
    );
    if (added === undefined) return false;
    await queries.query(
      `update cases set state = 'open', version = version + 1, updated_at = current_timestamp
       where case_number = $1 and state in ('decided', 'waiting')`,
      [row.case_number],
    );
    await appendAudit(queries, {
      actor: 'system:reconcile_deliveries',
      action: 'delivery.drift',
      subject: row.case_number,
      before: { decision_id: row.decision_id, action: row.action, expected: agreeing[row.action] },
      after: { status },
    });
    return true;
  });
}
