import { error, fail, redirect, type ActionFailure, type RequestEvent } from '@sveltejs/kit';
import * as v from 'valibot';
import { actions, verdicts, type ReasonCode } from '#lib/decisions.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from './application.ts';
import { can } from './auth/permissions.ts';
import { signedIn } from './auth/signed-in.ts';
import { lacksReleaseNote } from './release-note.ts';
import {
  assignableTo,
  assignCase,
  commentOnCase,
  getCase,
  snoozeCase,
  type CaseChangeResult,
} from './state/cases.ts';
import { decide, undo, type DecideResult, type DecisionInput } from './state/decisions.ts';

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
});

/** Records a decision and sends it on its way; the page then shows how far it got. */
export async function decideCase(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  if (!can(person, 'cases.decide')) error(403, m.triage_problem_forbidden());
  const caseNumber = event.params['case_number'] ?? '';
  const parsed = v.safeParse(decisionFields, Object.fromEntries(await event.request.formData()));
  if (!parsed.success) return invalid(String(parsed.issues[0].path?.[0]?.key ?? ''));
  const { reason_code, ...fields } = parsed.output;
  const input: DecisionInput = {
    ...fields,
    case_number: caseNumber,
    // The state refuses a code that the verdict does not allow.
    reason_code: reason_code as ReasonCode,
  };
  const { state } = application();
  if (await lacksReleaseNote(state, person, input)) return invalid('note');
  const result = await decide(state, person, input);
  if (result.outcome === 'decided') backToCase(event, caseNumber);
  if (result.outcome === 'not_found') error(404, m.triage_problem_not_found());
  if (result.outcome === 'invalid') return invalid(result.field);
  return fail(result.outcome === 'changed' ? 409 : 403, {
    problem: decisionProblem(result),
    field: null,
  });
}

/** What to tell a person whose decision was not recorded. */
export function decisionProblem(result: Exclude<DecideResult, { outcome: 'decided' }>): string {
  switch (result.outcome) {
    case 'not_found':
      return m.triage_problem_not_found();
    case 'forbidden':
      return m.triage_problem_forbidden();
    case 'changed':
      return m.triage_problem_changed();
    case 'invalid':
      return fieldProblem(result.field);
    case 'needs_second_person':
      return m.triage_problem_limit({
        limit: `${result.limit_currency} ${result.limit.replace(/\.?0+$/, '')}`,
        who: result.who.length > 0 ? result.who.join(', ') : m.triage_nobody(),
      });
  }
}

/** Takes a decision back while it still waits to be sent. */
export async function undoDecision(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const decision_id = String((await event.request.formData()).get('decision_id') ?? '');
  if (!v.is(v.pipe(v.string(), v.uuid()), decision_id)) return invalid('decision_id');
  const result = await undo(application().state, person, decision_id);
  if (result.outcome === 'undone') backToCase(event, event.params['case_number'] ?? '');
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
function backToCase(event: RequestEvent, caseNumber: string): never {
  const kept = new URLSearchParams(
    [...event.url.searchParams].filter(([name]) => !name.startsWith('/')),
  ).toString();
  redirect(303, `/triage/${encodeURIComponent(caseNumber)}${kept === '' ? '' : `?${kept}`}`);
}

function invalid(field: string): ActionFailure<Problem> {
  return fail(400, { problem: fieldProblem(field), field });
}

function fieldProblem(field: string): string {
  switch (field) {
    case 'verdict':
      return m.triage_problem_verdict();
    case 'reason_code':
      return m.triage_problem_reason();
    case 'action':
      return m.triage_problem_action();
    case 'note':
      return m.triage_problem_note();
    case 'body':
      return m.triage_problem_comment();
    default:
      return m.triage_problem_form();
  }
}
