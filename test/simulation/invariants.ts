import { verifyAudit } from '../../web/src/lib/server/state/audit.ts';
import type { Queries } from '../../web/src/lib/server/state/database.ts';
import type { Queue } from '../../web/reference-erp/queue.ts';

/** The request whose release takes two persons. */
export const highRiskRequest = 'PR-3';

/** What people were told. */
export interface Witness {
  /** Decision ids that were acknowledged, with the action. */
  readonly decided: Map<string, string>;
  /** Decision ids whose taking back was acknowledged. */
  readonly undone: Set<string>;
}

interface Row {
  readonly decision_id: string;
  readonly case_number: string;
  readonly action: string;
  readonly decided_by: string;
  readonly undone_at: string | null;
  readonly state: string;
  readonly answered_at: string | null;
  readonly payment_request_id: string;
  readonly is_replayed: boolean;
  readonly recorded: number;
  readonly confirmed_by: readonly string[];
}

/** What is wrong with the end of a schedule; empty when every promise was kept. */
export async function brokenPromises(
  queries: Queries,
  witness: Witness,
  erp: { readonly queue: Queue; readonly sent: readonly string[] },
): Promise<string[]> {
  const { queue, sent } = erp;
  const rows = await queries.query<Row>(
    `select d.decision_id, d.case_number, d.action, d.decided_by, d.undone_at, o.state, o.answered_at,
       o.payment_request_id, o.replayed_at is not null as is_replayed,
       (select count(*)::integer from audit_log a where a.action = 'decision.recorded'
         and a.after ->> 'decision_id' = d.decision_id::text) as recorded,
       array(select a.answered_by from confirmation_answer a
         where a.confirmation_id = d.decision_id and a.answer = 'confirm') as confirmed_by
     from decision d left join outbox o on o.decision_id = d.decision_id order by o.id`,
  );
  const byId = new Map(rows.map((row) => [row.decision_id, row]));
  const taken = queue.decisions.filter(({ answer }) => answer.http === 200);
  const takenIds = taken.map(({ order }) => order.decision_id);
  const broken: string[] = [];
  const check = (holds: boolean, what: string) => {
    if (!holds) broken.push(what);
  };

  for (const [id, action] of witness.decided)
    check(byId.get(id)?.action === action, `acknowledged ${action} ${id} was lost`);
  for (const id of witness.undone) {
    check(byId.get(id)?.undone_at !== null, `acknowledged undo of ${id} was lost`);
    check(!takenIds.includes(id), `${id} was undone and reached the ERP`);
  }
  check(new Set(takenIds).size === takenIds.length, 'a decision took effect twice in the ERP');

  for (const row of rows) {
    const name = `${row.action} ${row.decision_id} (${row.state})`;
    check(row.recorded === 1, `${name} has ${row.recorded} audit rows`);
    const isFinal = ['accepted', 'refused', 'undone'].includes(row.state);
    check(isFinal || row.answered_at !== null, `${name} never came to an end`);
    check((row.state === 'undone') === (row.undone_at !== null), `${name} is half undone`);
    const wasTaken = takenIds.includes(row.decision_id);
    if (row.state === 'refused' || row.state === 'undone')
      check(!wasTaken, `${name} took effect in the ERP`);
    if (row.action === 'release' && row.payment_request_id === highRiskRequest)
      check(
        row.confirmed_by.some((one) => one !== row.decided_by),
        `${name} went out without a second person`,
      );
  }
  for (const { order } of taken)
    check(byId.has(order.decision_id), `the ERP holds ${order.decision_id}, which nobody decided`);

  for (const request of queue.changedSince(null)) {
    const id = request['Request No.'] ?? '';
    const about = rows.filter((row) => row.payment_request_id === id);
    const places = sent
      .map((one) => about.findIndex((row) => row.decision_id === one && !row.is_replayed))
      .filter((place) => place >= 0);
    check(
      places.every((place, index) => place >= (places[index - 1] ?? 0)),
      `a decision about ${id} was sent after a later one`,
    );
    const accepted = about.filter((row) => row.state === 'accepted');
    const order = taken.filter((one) => one.order.payment_request_id === id);
    const expected = accepted.map((row) => row.decision_id).filter((one) => takenIds.includes(one));
    check(
      JSON.stringify(order.map((one) => one.order.decision_id)) === JSON.stringify(expected),
      `decisions about ${id} took effect out of their order`,
    );
    const last = accepted.at(-1);
    const wanted = last === undefined ? 'In approval' : statusOf[last.action];
    check(request['Status'] === wanted, `${id} is ${request['Status']}, decided was ${wanted}`);
  }

  const cases = await queries.query<CaseRow>(
    `select c.case_number, c.state, lead.merged_into is not null as is_chained,
       array(select d.action from decision d left join outbox o on o.decision_id = d.decision_id
         where d.case_number = c.case_number and d.undone_at is null and o.state = 'accepted') as accepted
     from cases c left join cases lead on lead.case_number = c.merged_into`,
  );
  for (const one of cases) {
    check(!one.is_chained, `${one.case_number} is merged into a merged case`);
    const ended = one.accepted.some((action) => action === 'release' || action === 'reject');
    check(one.state !== 'decided' || ended, `${one.case_number} is decided although nothing was`);
  }
  const audit = await verifyAudit(queries);
  check(
    audit.intact,
    `the audit chain breaks at ${audit.first_break?.id}: ${audit.first_break?.why}`,
  );
  return broken;
}

interface CaseRow {
  readonly case_number: string;
  readonly state: string;
  readonly is_chained: boolean;
  readonly accepted: readonly string[];
}

const statusOf: Readonly<Record<string, string>> = {
  release: 'Released',
  hold: 'Held',
  reject: 'Rejected',
  refer: 'Referred',
};
