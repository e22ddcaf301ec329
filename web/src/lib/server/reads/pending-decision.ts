import { application } from '../application.ts';
import type { Person } from '../auth/person.ts';
import { requiredPersons, step, whoMayConfirm } from '../control/approval-plan.ts';
import { dutyIn } from '../control/duties.ts';
import { messageText } from '../message-text.ts';
import { caseToRead } from '../state/case-row.ts';
import { councilFor } from '../state/council.ts';
import { pendingOf } from '../state/decision-request.ts';

/** A release that waits for a second person, in the reader's language. */
export interface PendingDecision {
  readonly confirmation_id: string;
  readonly asked_by_name: string;
  readonly asked_at: string;
  readonly verdict_text: string;
  readonly reason_text: string;
  readonly note: string;
  readonly because: readonly string[];
  /** Names, in the order of their confirmations; with whose rights when lent. */
  readonly confirmed_by: readonly string[];
  readonly required_persons: number;
  readonly who: readonly string[];
  readonly is_mine: boolean;
  readonly may_answer: boolean;
  /** Why this reader's confirmation would not count; null when it would. */
  readonly refusal: string | null;
}

/** What waits about a case; null when nothing does, or the case is outside the person's entities. */
export async function readPendingDecision(
  person: Person,
  caseNumber: string,
): Promise<PendingDecision | null> {
  const { state } = application();
  const [asked, found] = await Promise.all([
    pendingOf(state, caseNumber),
    caseToRead(state, person, caseNumber),
  ]);
  if (asked === null || found === null) return null;
  const council = await councilFor(state, found);
  const so_far = { decider: asked.asked_by, votes: asked.votes };
  const mine = step(asked.plan, council, so_far, person.user_id);
  const refused = mine.outcome === 'refused' ? mine.why : null;
  const duty = dutyIn(found.facts, person.employee_keys);
  return {
    confirmation_id: asked.confirmation_id,
    asked_by_name: council.named(asked.asked_by),
    asked_at: asked.asked_at,
    verdict_text: messageText('triage_verdict_', asked.change.verdict),
    reason_text: messageText('triage_reason_', asked.change.reason_code),
    note: asked.change.note,
    because: asked.plan.because.map((one) => messageText('control_because_', one)),
    confirmed_by: asked.votes.map((vote) => council.named(vote.actor)),
    required_persons: requiredPersons(asked.plan),
    who: whoMayConfirm(asked.plan, council, so_far).map(council.named),
    is_mine: asked.asked_by === person.user_id,
    may_answer: refused === null,
    refusal:
      refused === null
        ? null
        : messageText(
            'control_refused_',
            duty !== null && refused === 'no_right' ? 'duty' : refused,
          ),
  };
}
