import { error, fail, redirect, type ActionFailure, type RequestEvent } from '@sveltejs/kit';
import * as v from 'valibot';
import { actions, verdicts, type ReasonCode } from '#lib/decisions.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from './application.ts';
import { can } from './auth/permissions.ts';
import { signedIn } from './auth/signed-in.ts';
import { lacksFreshFactor } from './auth/step-up.ts';
import { decideMany, manyItems } from './decide-many.ts';
import { decisionProblem, fieldProblem } from './decision-problem.ts';
import { askToSign } from './ask-to-sign.ts';
import { lacksReleaseNote } from './release-note.ts';
import {
  assignableTo,
  assignCase,
  commentOnCase,
  getCase,
  snoozeCase,
  type CaseChangeResult,
} from './state/cases.ts';
import type { Person } from './auth/person.ts';
import { decisionsOfMembers, mergeCase, splitCase, splitUndecided } from './state/case-merge.ts';
import type { State } from './state/database.ts';
import type { DecisionInput } from './state/decision-record.ts';
import { decide, undo } from './state/decisions.ts';

/** Why nothing was done, in the reader's language, and the field to look at. */
export interface Problem {
  readonly problem: string;
  readonly field: string | null;
}

const wholeNumber = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));

/** One decision as a form posts it. */
export const decisionFields = v.object({
  decision_id: v.pipe(v.string(), v.uuid()),
  case_version: wholeNumber,
  expected_status: v.pipe(v.string(), v.minLength(1), v.maxLength(40)),
  expected_version: wholeNumber,
  verdict: v.picklist(verdicts),
  reason_code: v.pipe(v.string(), v.minLength(1), v.maxLength(60)),
  action: v.picklist(actions),
  note: v.pipe(v.string(), v.maxLength(4_000)),
  /** The passkey's answer, when the policy wants the decision signed. */
  signature: v.optional(v.pipe(v.string(), v.maxLength(20_000)), ''),
  /** The cases merged into it, as they were shown. */
  members: v.optional(v.pipe(v.string(), v.parseJson(), manyItems), '[]'),
});

/** Records a decision and sends it on its way; the page then shows how far it got. */
export async function decideCase(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  if (!can(person, 'cases.decide')) error(403, m.triage_problem_forbidden());
  const caseNumber = event.params['case_number'] ?? '';
  const parsed = v.safeParse(decisionFields, Object.fromEntries(await event.request.formData()));
  if (!parsed.success) return invalid(String(parsed.issues[0].path?.[0]?.key ?? ''));
  const { members, reason_code, signature, ...fields } = parsed.output;
  const input: DecisionInput = {
    ...fields,
    case_number: caseNumber,
    // The state refuses a code that the verdict does not allow.
    reason_code: reason_code as ReasonCode,
  };
  const { state } = application();
  if (await lacksReleaseNote(state, person, input)) return invalid('note');
  if (input.action === 'release') {
    const refused = await lacksFreshFactor(event);
    if (refused !== null) return refused;
  }
  const given = signature === '' ? null : { url: event.url, answer: signature };
  const result = await decide(state, person, input, given);
  if (result.outcome === 'decided' || result.outcome === 'asked') {
    const problem = await decideMembers(state, person, input, members);
    if (problem === null) backToCase(event, caseNumber);
    return fail(409, { problem, field: null });
  }
  if (result.outcome === 'not_found') error(404, m.triage_problem_not_found());
  if (result.outcome === 'invalid') return invalid(result.field);
  if (result.outcome === 'unsigned') return askToSign(event, result.text);
  return fail(result.outcome === 'changed' ? 409 : 403, {
    problem: decisionProblem(result),
    field: null,
  });
}

/**
 * Decides the cases that were merged into the one just decided, each on its own. One that is refused
 * gets its own place in the queue again, and the person is told why.
 */
async function decideMembers(
  state: State,
  person: Person,
  { case_number, verdict, reason_code, action, note }: DecisionInput,
  members: v.InferOutput<typeof manyItems>,
): Promise<string | null> {
  const shared = { verdict, reason_code, action, note };
  const results = await decideMany(state, person, { items: members, ...shared });
  await splitUndecided(state, person, case_number);
  const refused = results.filter((result) => !result.done);
  return refused.length === 0
    ? null
    : m.triage_members_refused({
        cases: refused.map((one) => `${one.case_number}: ${one.text}`).join(' '),
      });
}

/** Takes a decision back while it still waits to be sent. */
export async function undoDecision(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const decision_id = String((await event.request.formData()).get('decision_id') ?? '');
  if (!v.is(v.pipe(v.string(), v.uuid()), decision_id)) return invalid('decision_id');
  const { state } = application();
  const result = await undo(state, person, decision_id);
  if (result.outcome === 'undone') {
    for (const member of await decisionsOfMembers(state, person, decision_id)) {
      await undo(state, person, member);
    }
    backToCase(event, event.params['case_number'] ?? '');
  }
  return fail(409, {
    problem:
      result.outcome === 'too_late' ? m.triage_problem_too_late() : m.triage_problem_not_found(),
    field: null,
  });
}

const assignFields = v.object({
  case_version: wholeNumber,
  assignee: v.pipe(v.string(), v.nonEmpty(), v.maxLength(64)),
});

/** Gives the case to a person who may work on it (`me`: who asks), or to nobody. */
export async function assign(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const form = Object.fromEntries(await event.request.formData());
  const parsed = v.safeParse(assignFields, form);
  if (!parsed.success) return invalid('assignee');
  const case_number = event.params['case_number'] ?? '';
  const { case_version, assignee: asked } = parsed.output;
  const assignee = asked === 'nobody' ? null : asked === 'me' ? person.user_id : asked;
  const { state } = application();
  if (assignee !== null && assignee !== person.user_id) {
    const found = await getCase(state, person, case_number);
    const people = found === null ? [] : await assignableTo(state, found.company_key);
    if (!people.some((one) => one.user_id === assignee)) return invalid('assignee');
  }
  const result = await assignCase(state, person, { case_number, case_version, assignee });
  return afterChange(event, case_number, result);
}

const snoozeFields = v.object({
  case_version: wholeNumber,
  until: v.union([v.literal(''), v.pipe(v.string(), v.isoTimestamp())]),
});

/** Puts the case away until a time; an empty one brings it back. */
export async function snooze(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const parsed = v.safeParse(snoozeFields, Object.fromEntries(await event.request.formData()));
  if (!parsed.success) return invalid('until');
  const case_number = event.params['case_number'] ?? '';
  const { case_version, until } = parsed.output;
  const result = await snoozeCase(application().state, person, {
    case_number,
    case_version,
    until: until === '' ? null : until,
  });
  return afterChange(event, case_number, result);
}

const mergeFields = v.object({ case_version: wholeNumber, into: v.pipe(v.string(), v.nonEmpty()) });

/** Lets the case be decided together with another of the same vendor. */
export async function merge(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const parsed = v.safeParse(mergeFields, Object.fromEntries(await event.request.formData()));
  if (!parsed.success) return invalid('into');
  const case_number = event.params['case_number'] ?? '';
  const { state } = application();
  const result = await mergeCase(state, person, { case_number, ...parsed.output });
  if (result.outcome === 'invalid') return invalid('into');
  return afterChange(event, result.outcome === 'done' ? parsed.output.into : case_number, result);
}

const splitFields = v.object({
  case_version: wholeNumber,
  member: v.pipe(v.string(), v.nonEmpty()),
});

/** Gives a merged case its own place in the queue again. */
export async function split(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const parsed = v.safeParse(splitFields, Object.fromEntries(await event.request.formData()));
  if (!parsed.success) return invalid('member');
  const { member, case_version } = parsed.output;
  const result = await splitCase(application().state, person, {
    case_number: member,
    case_version,
  });
  return afterChange(event, event.params['case_number'] ?? '', result);
}

/** Adds a remark. */
export async function comment(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const body = String((await event.request.formData()).get('body') ?? '');
  const case_number = event.params['case_number'] ?? '';
  const result = await commentOnCase(application().state, person, { case_number, body });
  if (result.outcome === 'invalid') return invalid('body');
  return afterChange(event, case_number, result);
}

function afterChange(
  event: RequestEvent,
  caseNumber: string,
  result: CaseChangeResult,
): ActionFailure<Problem> {
  switch (result.outcome) {
    case 'done':
      return backToCase(event, caseNumber);
    case 'not_found':
      return error(404, m.triage_problem_not_found());
    case 'forbidden':
      return error(403, m.triage_problem_forbidden());
    case 'changed':
      return fail(409, { problem: m.triage_problem_changed(), field: null });
  }
}

/** The same list around the case: everything of the URL but the action itself. */
export function backToCase(event: RequestEvent, caseNumber: string): never {
  const kept = new URLSearchParams(
    [...event.url.searchParams].filter(([name]) => !name.startsWith('/')),
  ).toString();
  redirect(303, `/triage/${encodeURIComponent(caseNumber)}${kept === '' ? '' : `?${kept}`}`);
}

function invalid(field: string): ActionFailure<Problem> {
  return fail(400, { problem: fieldProblem(field), field });
}
