import { personById, type Person } from '../auth/person.ts';
import {
  canBeConfirmed,
  requiredPersons,
  step,
  whoMayConfirm,
  type Because,
  type Plan,
  type Vote,
} from '../control/approval-plan.ts';
import { decisionText, needsSignature } from '../control/decision-text.ts';
import { dutyIn } from '../control/duties.ts';
import { appendAudit, canonicalJson } from './audit.ts';
import { lockCase, type LockedCase } from './case-row.ts';
import { councilFor } from './council.ts';
import type { Queries, State } from './database.ts';
import { pendingOf, requestById, type EndedWhy, type StoredRequest } from './decision-request.ts';
import { recordDecision, type DecisionInput } from './decision-record.ts';
import {
  checkSignature,
  keepSignature,
  type GivenSignature,
  type UnsignedResult,
} from './decision-signature.ts';
import { livePolicy } from './policy-live.ts';

/** A decision that waits for others. */
export interface AskedDecision {
  readonly confirmation_id: string;
  /** Names of those whose confirmation would count now. */
  readonly who: readonly string[];
  readonly because: readonly Because[];
  readonly required_persons: number;
}

export type AskResult =
  | { readonly outcome: 'asked'; readonly asked: AskedDecision; readonly repeated: boolean }
  /** Another release of this case waits already. */
  | { readonly outcome: 'already_asked' }
  /** Nobody active could bring it to its end: nothing was recorded. */
  | { readonly outcome: 'nobody_may'; readonly because: readonly Because[] };

/** Stores a release that needs others; the case waits and nothing goes to the source system. */
export async function askForConfirmation(
  queries: Queries,
  person: Person,
  request: {
    readonly input: DecisionInput;
    readonly found: LockedCase;
    readonly plan: Plan;
    readonly policy_version: number | null;
  },
): Promise<AskResult> {
  const { input, found, plan } = request;
  if ((await pendingOf(queries, found.case_number)) !== null) return { outcome: 'already_asked' };
  const council = await councilFor(queries, found);
  const so_far = { decider: person.user_id, votes: [] };
  if (!canBeConfirmed(plan, council, so_far)) {
    return { outcome: 'nobody_may', because: plan.because };
  }
  await queries.query(
    `insert into confirmation (confirmation_id, kind, subject, case_number, company_key, change, before,
       plan, because, policy_version, seen, asked_by, note)
     values ($1, 'decision', $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      input.decision_id,
      found.case_number,
      found.company_key,
      JSON.stringify(input),
      JSON.stringify({ state: found.state }),
      JSON.stringify(plan),
      plan.because,
      request.policy_version,
      await seenOf(queries, found),
      person.user_id,
      input.note.trim(),
    ],
  );
  await setCaseState(queries, found.case_number, 'waiting');
  await appendAudit(queries, {
    actor: person.user_id,
    action: 'decision.asked',
    subject: found.case_number,
    before: { state: found.state, version: found.version },
    after: {
      state: 'waiting',
      decision_id: input.decision_id,
      action: input.action,
      verdict: input.verdict,
      reason_code: input.reason_code,
      note: input.note.trim(),
      because: [...plan.because],
      required_persons: requiredPersons(plan),
      rule: plan.rule,
      policy_version: request.policy_version,
    },
  });
  return {
    outcome: 'asked',
    repeated: false,
    asked: {
      confirmation_id: input.decision_id,
      who: whoMayConfirm(plan, council, so_far).map(council.named),
      because: plan.because,
      required_persons: requiredPersons(plan),
    },
  };
}

/** An answer to a decision that waits, with what its giver saw of the payment. */
export interface ConfirmationInput {
  readonly confirmation_id: string;
  readonly answer: 'confirm' | 'decline';
  readonly note: string;
  readonly expected_status: string;
  readonly expected_version: number;
}

export type ConfirmResult =
  /** `complete`: the decision is on its way; else others are still to confirm. */
  | { readonly outcome: 'confirmed'; readonly complete: boolean }
  | { readonly outcome: 'declined' }
  | { readonly outcome: 'not_found' }
  | {
      readonly outcome: 'refused';
      readonly why: 'own' | 'no_right' | 'not_asked' | 'limit' | 'duty';
    }
  /** It waits no longer: answered, withdrawn, or overtaken by what happened meanwhile. */
  | { readonly outcome: 'ended'; readonly why: EndedWhy }
  | UnsignedResult;

/** States of a payment request in which nothing is left to decide. */
const finalStatuses: readonly string[] = ['paid', 'cancelled'];

export function isOver(status: string): boolean {
  return finalStatuses.includes(status);
}

/** Confirms or declines a decision somebody else asked for; only the last confirmation sends it. */
export function answerDecision(
  state: State,
  person: Person,
  input: ConfirmationInput,
  given: GivenSignature | null = null,
): Promise<ConfirmResult> {
  return state.transaction(async (queries) => {
    const seen = await lockConfirmed(queries, person, input.confirmation_id);
    if (seen === null) return { outcome: 'not_found' };
    const { found, asked } = seen;
    const mine = asked.votes.some((vote) => vote.actor === person.user_id);
    if (asked.state !== 'pending') {
      if (mine && input.answer === 'confirm' && asked.state === 'confirmed') {
        return { outcome: 'confirmed', complete: true };
      }
      return { outcome: 'ended', why: endOf(asked) };
    }
    if (mine && input.answer === 'confirm') return { outcome: 'confirmed', complete: false };

    const council = await councilFor(queries, found);
    const overtaken = await overtakenBecause(queries, seen, council, input.expected_status);
    if (overtaken !== null) {
      await endPending(queries, seen, {
        state: 'overtaken',
        why: overtaken,
        actor: 'system:four_eyes',
      });
      return { outcome: 'ended', why: overtaken };
    }
    const now = await personById(queries, person.user_id);
    if (now === null) return { outcome: 'refused', why: 'no_right' };
    if (dutyIn(found.facts, now.employee_keys) !== null) return { outcome: 'refused', why: 'duty' };
    const so_far = { decider: asked.asked_by, votes: asked.votes };
    const result = step(asked.plan, council, so_far, person.user_id);
    if (result.outcome === 'refused') {
      // Who may decide here may always stop it, whether or not the plan names them.
      const stops =
        input.answer === 'decline' && (result.why === 'not_asked' || result.why === 'limit');
      if (!stops) return result;
    }
    const { document } = await livePolicy(queries);
    if (input.answer === 'confirm' && needsSignature(document, found.amount_base)) {
      const text = decisionText('confirm', now.user_id, asked.change, found);
      const sign = await checkSignature(queries, now, text, given);
      if (sign.outcome !== 'signed') return sign;
      await keepSignature(queries, now, asked.change, text, sign.proof);
    }
    const vote =
      result.outcome === 'counted'
        ? result.vote
        : { actor: person.user_id, authority: person.user_id };
    await writeAnswer(queries, seen, input, vote);
    if (input.answer === 'decline') {
      await endPending(queries, seen, {
        state: 'declined',
        why: 'declined',
        actor: person.user_id,
      });
      return { outcome: 'declined' };
    }
    const complete = result.outcome === 'counted' && result.complete;
    if (complete) await carryOut(queries, seen, input, [...asked.votes, vote]);
    return { outcome: 'confirmed', complete };
  });
}

/** The one who asked takes it back; the case is as it was. */
export function withdrawDecision(
  state: State,
  person: Person,
  confirmationId: string,
): Promise<{ readonly outcome: 'withdrawn' | 'not_found' | 'too_late' }> {
  return state.transaction(async (queries) => {
    const seen = await lockConfirmed(queries, person, confirmationId);
    if (seen === null || seen.asked.asked_by !== person.user_id) return { outcome: 'not_found' };
    if (seen.asked.state !== 'pending') return { outcome: 'too_late' };
    await endPending(queries, seen, {
      state: 'withdrawn',
      why: 'withdrawn',
      actor: person.user_id,
    });
    return { outcome: 'withdrawn' };
  });
}

/** A decision that goes at once, such as a hold, ends what waits about the same case. */
export async function overtakePending(queries: Queries, found: LockedCase): Promise<void> {
  const asked = await pendingOf(queries, found.case_number);
  if (asked === null) return;
  await endPending(
    queries,
    { found, asked },
    {
      state: 'overtaken',
      why: 'decided',
      actor: 'system:four_eyes',
    },
  );
}

interface Locked {
  readonly found: LockedCase;
  readonly asked: StoredRequest;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The case first, then the request: the order every decision takes them in. */
async function lockConfirmed(queries: Queries, person: Person, id: string): Promise<Locked | null> {
  if (!uuidPattern.test(id)) return null;
  const [about] = await queries.query<{ case_number: string }>(
    "select case_number from confirmation where confirmation_id = $1 and kind = 'decision'",
    [id],
  );
  const found = about && (await lockCase(queries, person, about.case_number));
  const asked = found && (await requestById(queries, id));
  return found && asked ? { found, asked } : null;
}

async function overtakenBecause(
  queries: Queries,
  { found, asked }: Locked,
  council: { mayDecide(userId: string): boolean },
  status: string,
): Promise<EndedWhy | null> {
  if (isOver(status)) return 'paid';
  if ((await seenOf(queries, found)) !== asked.seen) return 'changed';
  const parties = [asked.asked_by, ...asked.votes.flatMap((vote) => [vote.actor, vote.authority])];
  return parties.every((one) => council.mayDecide(one)) ? null : 'role_ended';
}

/** What the first person judged: when this differs, their judgement is about something else. */
async function seenOf(queries: Queries, found: LockedCase): Promise<string> {
  const findings = await queries.query<{ finding_key: string }>(
    'select finding_key from case_finding where case_number = $1 order by finding_key',
    [found.case_number],
  );
  return canonicalJson({
    amount: found.amount,
    currency: found.currency,
    amount_base: found.amount_base,
    payment_request_id: found.payment_request_id,
    findings: findings.map((one) => one.finding_key),
  });
}

async function writeAnswer(
  queries: Queries,
  { asked }: Locked,
  input: ConfirmationInput,
  vote: Vote,
): Promise<void> {
  await queries.query(
    `insert into confirmation_answer (confirmation_id, position, answered_by, on_behalf_of, answer, note)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      asked.confirmation_id,
      asked.votes.length,
      vote.actor,
      vote.authority,
      input.answer,
      input.note.trim(),
    ],
  );
  await appendAudit(queries, {
    actor: vote.actor,
    action: input.answer === 'confirm' ? 'decision.confirmed' : 'decision.declined',
    subject: asked.case_number,
    before: { asked_by: asked.asked_by, confirmed: asked.votes.length },
    after: {
      decision_id: asked.confirmation_id,
      on_behalf_of: vote.authority === vote.actor ? null : vote.authority,
      note: input.note.trim(),
      policy_version: asked.policy_version,
    },
  });
}

async function carryOut(
  queries: Queries,
  { found, asked }: Locked,
  input: ConfirmationInput,
  votes: readonly Vote[],
): Promise<void> {
  await queries.query(
    `update confirmation set state = 'confirmed', ended_at = current_timestamp, ended_because = 'confirmed'
     where confirmation_id = $1`,
    [asked.confirmation_id],
  );
  await recordDecision(
    queries,
    {
      decided_by: { user_id: asked.asked_by },
      actor: votes.at(-1)?.actor ?? asked.asked_by,
      policy_version: asked.policy_version,
      confirmed_by: votes.map((vote) => vote.actor),
    },
    {
      ...asked.change,
      expected_status: input.expected_status,
      expected_version: input.expected_version,
    },
    { ...found, state: asked.before.state },
  );
}

async function endPending(
  queries: Queries,
  { found, asked }: Locked,
  end: { state: 'declined' | 'withdrawn' | 'overtaken'; why: EndedWhy; actor: string },
): Promise<void> {
  await queries.query(
    `update confirmation set state = $2, ended_at = current_timestamp, ended_because = $3
     where confirmation_id = $1`,
    [asked.confirmation_id, end.state, end.why],
  );
  // A case that new findings reopened meanwhile stays open.
  if (found.state === 'waiting') await setCaseState(queries, found.case_number, asked.before.state);
  await appendAudit(queries, {
    actor: end.actor,
    action: `decision.request_${end.state}`,
    subject: found.case_number,
    before: { state: found.state, decision_id: asked.confirmation_id, asked_by: asked.asked_by },
    after: { why: end.why, policy_version: asked.policy_version },
  });
}

async function setCaseState(
  queries: Queries,
  caseNumber: string,
  after: LockedCase['state'],
): Promise<void> {
  await queries.query(
    `update cases set state = $2, version = version + 1, updated_at = current_timestamp
     where case_number = $1`,
    [caseNumber, after],
  );
}

function endOf(asked: StoredRequest): EndedWhy {
  return asked.ended_because ?? 'confirmed';
}
