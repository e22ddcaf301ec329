import type { Plan, Vote } from '../control/approval-plan.ts';
import type { LockedCase } from './case-row.ts';
import type { Queries } from './database.ts';
import type { DecisionInput } from './decision-record.ts';

/** Why a request waits no longer. */
export type EndedWhy =
  'confirmed' | 'declined' | 'withdrawn' | 'decided' | 'changed' | 'paid' | 'role_ended';

/** A stored request with its confirmations so far, in their order. */
export interface StoredRequest {
  readonly confirmation_id: string;
  readonly case_number: string;
  readonly change: DecisionInput;
  readonly before: { readonly state: LockedCase['state'] };
  readonly plan: Plan;
  readonly policy_version: number | null;
  readonly seen: string;
  readonly asked_by: string;
  readonly asked_at: string;
  readonly state: 'pending' | 'confirmed' | 'declined' | 'withdrawn' | 'overtaken';
  readonly ended_because: EndedWhy | null;
  readonly votes: readonly Vote[];
}

const requestColumns = `
  select r.*, coalesce((select jsonb_agg(
      jsonb_build_object('actor', a.answered_by, 'authority', a.on_behalf_of) order by a.position)
    from confirmation_answer a
    where a.confirmation_id = r.confirmation_id and a.answer = 'confirm'), '[]') as votes
  from confirmation r`;

/** The request with this id, whoever asks; null when there is none. */
export async function requestById(queries: Queries, id: string): Promise<StoredRequest | null> {
  const [row] = await queries.query<StoredRequest>(
    `${requestColumns} where r.confirmation_id = $1 and r.kind = 'decision'`,
    [id],
  );
  return row ?? null;
}

/** What waits for a second person about a case. */
export async function pendingOf(
  queries: Queries,
  caseNumber: string,
): Promise<StoredRequest | null> {
  const [row] = await queries.query<StoredRequest>(
    `${requestColumns} where r.case_number = $1 and r.kind = 'decision' and r.state = 'pending'`,
    [caseNumber],
  );
  return row ?? null;
}
