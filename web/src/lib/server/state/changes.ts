import { randomUUID } from 'node:crypto';
import { can, type Permission } from '../auth/permissions.ts';
import { listPeople, personById, type Person } from '../auth/person.ts';
import { appendAudit, type Json } from './audit.ts';
import type { Queries, State } from './database.ts';

/** What a second person confirms besides decisions: the policy, standing decisions, who may do what, rules. */
export type ChangeKind = 'policy' | 'standing_decision' | 'access' | 'rule';

const confirmedWith = {
  policy: 'policy.confirm',
  standing_decision: 'policy.confirm',
  access: 'access.confirm',
  rule: 'rules.confirm',
} as const satisfies Record<ChangeKind, Permission>;

/** A change that waits, or waited, for a second person. */
export interface AskedChange {
  readonly confirmation_id: string;
  readonly kind: ChangeKind;
  readonly subject: string;
  readonly change: Json;
  readonly before: Json | null;
  readonly note: string;
  readonly asked_by: string;
  readonly asked_by_name: string;
  readonly asked_at: string;
  readonly state: 'pending' | 'confirmed' | 'declined' | 'withdrawn' | 'overtaken';
}

export type AskChangeResult =
  | { readonly outcome: 'asked'; readonly confirmation_id: string; readonly who: readonly string[] }
  | { readonly outcome: 'already_asked' }
  | { readonly outcome: 'nobody_may' };

/** Stores a change until a different person confirms it; nothing takes effect before. */
export async function askForChange(
  queries: Queries,
  person: Person,
  request: Pick<AskedChange, 'kind' | 'subject' | 'change' | 'before' | 'note'>,
): Promise<AskChangeResult> {
  const who = (await listPeople(queries)).filter((one) =>
    mayConfirmChange(one, { ...request, asked_by: person.user_id }),
  );
  if (who.length === 0) return { outcome: 'nobody_may' };
  const confirmation_id = randomUUID();
  const stored = await queries.query(
    `insert into confirmation (confirmation_id, kind, subject, change, before, because, asked_by, note)
     values ($1, $2, $3, $4, $5, '{}', $6, $7)
     on conflict (kind, subject) where state = 'pending' do nothing returning confirmation_id`,
    [
      confirmation_id,
      request.kind,
      request.subject,
      JSON.stringify(request.change),
      request.before === null ? null : JSON.stringify(request.before),
      person.user_id,
      request.note,
    ],
  );
  if (stored.length === 0) return { outcome: 'already_asked' };
  await appendAudit(queries, {
    actor: person.user_id,
    action: `${request.kind}.asked`,
    subject: request.subject,
    before: request.before,
    after: { change: request.change, note: request.note, confirmation_id },
  });
  return { outcome: 'asked', confirmation_id, who: who.map((one) => one.name) };
}

/** Never who asked, and never who it is about; a policy for all entities needs sight of all of them. */
export function mayConfirmChange(
  person: Person,
  asked: Pick<AskedChange, 'kind' | 'subject' | 'asked_by'>,
): boolean {
  return (
    person.user_id !== asked.asked_by &&
    person.user_id !== asked.subject &&
    can(person, confirmedWith[asked.kind], null)
  );
}

/** Carries a confirmed change out in the same transaction; text: why it can no longer be done. */
export type ChangeEffect = (
  queries: Queries,
  asked: AskedChange,
  person: Person,
) => Promise<'done' | 'overtaken'>;

export type AnswerChangeResult =
  | { readonly outcome: 'confirmed' | 'declined' | 'withdrawn' }
  | { readonly outcome: 'not_found' | 'own' | 'no_right' | 'ended' | 'overtaken' };

/** Confirms, declines or takes back a change; only a confirmation carries it out. */
export function answerChange(
  state: State,
  person: Person,
  input: { confirmation_id: string; answer: 'confirm' | 'decline' | 'withdraw'; note: string },
  effects: Readonly<Record<ChangeKind, ChangeEffect>>,
): Promise<AnswerChangeResult> {
  return state.transaction(async (queries) => {
    const [asked] = await queries.query<AskedChange>(
      `select r.*, u.name as asked_by_name from confirmation r join "user" u on u.id = r.asked_by
       where r.confirmation_id = $1 and r.kind <> 'decision' for update of r`,
      [input.confirmation_id],
    );
    if (asked === undefined) return { outcome: 'not_found' };
    if (asked.state !== 'pending') return { outcome: 'ended' };
    if (input.answer === 'withdraw') {
      if (asked.asked_by !== person.user_id) return { outcome: 'not_found' };
      await end(queries, asked, { state: 'withdrawn', actor: person.user_id, note: input.note });
      return { outcome: 'withdrawn' };
    }
    const now = await personById(queries, person.user_id);
    if (now?.user_id === asked.asked_by || now?.user_id === asked.subject)
      return { outcome: 'own' };
    if (now === null || !mayConfirmChange(now, asked)) return { outcome: 'no_right' };
    await queries.query(
      `insert into confirmation_answer (confirmation_id, position, answered_by, on_behalf_of, answer, note)
       values ($1, 0, $2, $2, $3, $4)`,
      [asked.confirmation_id, now.user_id, input.answer, input.note],
    );
    if (input.answer === 'decline') {
      await end(queries, asked, { state: 'declined', actor: now.user_id, note: input.note });
      return { outcome: 'declined' };
    }
    const asker = await personById(queries, asked.asked_by);
    const effect = asker === null ? 'overtaken' : await effects[asked.kind](queries, asked, now);
    const ended = effect === 'done' ? 'confirmed' : 'overtaken';
    await end(queries, asked, { state: ended, actor: now.user_id, note: input.note });
    return { outcome: ended };
  });
}

/** Changes that wait, the oldest first. */
export function pendingChanges(queries: Queries): Promise<AskedChange[]> {
  return queries.query(
    `select r.*, u.name as asked_by_name from confirmation r join "user" u on u.id = r.asked_by
     where r.kind <> 'decision' and r.state = 'pending' order by r.asked_at, r.confirmation_id`,
  );
}

async function end(
  queries: Queries,
  asked: AskedChange,
  how: { state: Exclude<AskedChange['state'], 'pending'>; actor: string; note: string },
): Promise<void> {
  await queries.query(
    `update confirmation set state = $2, ended_at = current_timestamp, ended_because = $2
     where confirmation_id = $1`,
    [asked.confirmation_id, how.state],
  );
  await appendAudit(queries, {
    actor: how.actor,
    action: `${asked.kind}.${how.state}`,
    subject: asked.subject,
    before: asked.before,
    after: {
      change: asked.change,
      confirmation_id: asked.confirmation_id,
      asked_by: asked.asked_by,
      note: how.note,
    },
  });
}
