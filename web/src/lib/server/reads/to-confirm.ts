import { application } from '../application.ts';
import { can } from '../auth/permissions.ts';
import { listPeople, type Person } from '../auth/person.ts';
import { requiredPersons, step } from '../control/approval-plan.ts';
import { messageText } from '../message-text.ts';
import type { Json } from '../state/audit.ts';
import { caseToRead } from '../state/case-row.ts';
import { ruleChangeName } from './rule-names.ts';
import { mayConfirmChange, pendingChanges, type ChangeKind } from '../state/changes.ts';
import { councilFor } from '../state/council.ts';
import { pendingOf } from '../state/decision-request.ts';

/** A release that waits, as a line of the list. */
export interface WaitingRelease {
  readonly confirmation_id: string;
  readonly case_number: string;
  readonly vendor_name: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly amount_base: string | null;
  readonly asked_by_name: string;
  readonly asked_at: string;
  readonly because: readonly string[];
  readonly persons: number;
  readonly required_persons: number;
  readonly may_answer: boolean;
  readonly is_mine: boolean;
  /** Latest reminder or escalation that went to this reader. */
  readonly notice: 'remind' | 'escalate' | null;
}

/** A change of policy, of a standing decision or of access that waits. */
export interface WaitingChange {
  readonly confirmation_id: string;
  readonly kind: ChangeKind;
  readonly kind_text: string;
  readonly about: string;
  readonly note: string;
  readonly before: Json | null;
  readonly change: Json;
  readonly asked_by_name: string;
  readonly asked_at: string;
  readonly may_answer: boolean;
  readonly is_mine: boolean;
}

/** Releases shown at once. */
const releaseLimit = 100;

/** All that waits for a second person and that this person may see; what they can answer comes first. */
export async function readToConfirm(
  person: Person,
): Promise<{ releases: WaitingRelease[]; changes: WaitingChange[] }> {
  const [releases, changes] = await Promise.all([releasesFor(person), changesFor(person)]);
  const first = (a: { may_answer: boolean }, b: { may_answer: boolean }) =>
    Number(b.may_answer) - Number(a.may_answer);
  return { releases: releases.sort(first), changes: changes.sort(first) };
}

async function releasesFor(person: Person): Promise<WaitingRelease[]> {
  if (!can(person, 'cases.read')) return [];
  const { state } = application();
  const rows = await state.query<{
    case_number: string;
    vendor_name: string | null;
    asked_at: string;
    notice: 'remind' | 'escalate' | null;
  }>(
    `select r.case_number, c.title->>'vendor_name' as vendor_name, r.asked_at,
       (select min(n.kind) from confirmation_notice n
        where n.confirmation_id = r.confirmation_id and n.user_id = $2) as notice
     from confirmation r join cases c on c.case_number = r.case_number
     where r.kind = 'decision' and r.state = 'pending'
       and ($1::uuid[] is null or c.company_key = any($1))
     order by r.asked_at, r.confirmation_id limit $3`,
    [person.company_keys, person.user_id, releaseLimit],
  );
  const shown: WaitingRelease[] = [];
  for (const row of rows) {
    const [asked, found] = await Promise.all([
      pendingOf(state, row.case_number),
      caseToRead(state, person, row.case_number),
    ]);
    if (asked === null || found === null) continue;
    const council = await councilFor(state, found);
    const so_far = { decider: asked.asked_by, votes: asked.votes };
    shown.push({
      ...row,
      confirmation_id: asked.confirmation_id,
      amount: found.amount,
      currency: found.currency,
      amount_base: found.amount_base,
      asked_by_name: council.named(asked.asked_by),
      because: asked.plan.because.map((one) => messageText('control_because_', one)),
      persons: 1 + asked.votes.length,
      required_persons: requiredPersons(asked.plan),
      may_answer: step(asked.plan, council, so_far, person.user_id).outcome === 'counted',
      is_mine: asked.asked_by === person.user_id,
    });
  }
  return shown;
}

async function changesFor(person: Person): Promise<WaitingChange[]> {
  const { state } = application();
  const [changes, people] = await Promise.all([pendingChanges(state), listPeople(state)]);
  const names = new Map(people.map((one) => [one.user_id, one.name]));
  const seen = {
    policy: can(person, 'policy.read'),
    standing_decision: can(person, 'policy.read'),
    access: can(person, 'access.read'),
    rule: can(person, 'rules.read'),
  } satisfies Record<ChangeKind, boolean>;
  return changes
    .filter((one) => seen[one.kind])
    .map((one) => ({
      confirmation_id: one.confirmation_id,
      kind: one.kind,
      kind_text: messageText('control_kind_', one.kind),
      about:
        one.kind === 'rule' ? ruleChangeName(one.change) : (names.get(one.subject) ?? one.subject),
      note: one.note,
      before: one.before,
      change: one.change,
      asked_by_name: one.asked_by_name,
      asked_at: one.asked_at,
      may_answer: mayConfirmChange(person, one),
      is_mine: one.asked_by === person.user_id,
    }));
}
