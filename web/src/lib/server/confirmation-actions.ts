import { error, fail, type ActionFailure, type RequestEvent } from '@sveltejs/kit';
import * as v from 'valibot';
import { m } from '#lib/paraglide/messages.js';
import { application } from './application.ts';
import { signedIn } from './auth/signed-in.ts';
import { lacksFreshFactor } from './auth/step-up.ts';
import { backToCase, decisionFields, type Problem } from './case-actions.ts';
import { askToSign } from './ask-to-sign.ts';
import { messageText } from './message-text.ts';
import { answerDecision, withdrawDecision } from './state/four-eyes.ts';

const confirmationFields = v.object({
  confirmation_id: v.pipe(v.string(), v.uuid()),
  note: v.pipe(v.string(), v.maxLength(4_000)),
  signature: decisionFields.entries.signature,
  expected_status: decisionFields.entries.expected_status,
  expected_version: decisionFields.entries.expected_version,
});

/** Confirms a decision that somebody else asked for. */
export function confirmDecision(event: RequestEvent): Promise<ActionFailure<Problem>> {
  return answerAsked(event, 'confirm');
}

/** Declines it: the case is open again. */
export function declineDecision(event: RequestEvent): Promise<ActionFailure<Problem>> {
  return answerAsked(event, 'decline');
}

async function answerAsked(
  event: RequestEvent,
  answer: 'confirm' | 'decline',
): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const form = Object.fromEntries(await event.request.formData());
  const parsed = v.safeParse(confirmationFields, form);
  if (!parsed.success) return fail(400, { problem: m.triage_problem_form(), field: null });
  if (answer === 'confirm') {
    const refused = await lacksFreshFactor(event);
    if (refused !== null) return refused;
  }
  const { signature, ...fields } = parsed.output;
  const given = signature === '' ? null : { url: event.url, answer: signature };
  const result = await answerDecision(application().state, person, { ...fields, answer }, given);
  if (result.outcome === 'confirmed' || result.outcome === 'declined') {
    backToCase(event, event.params['case_number'] ?? '');
  }
  if (result.outcome === 'not_found') error(404, m.triage_problem_not_found());
  if (result.outcome === 'unsigned') return askToSign(event, result.text);
  if (result.outcome === 'wrong_signature') {
    return fail(403, { problem: m.factor_wrong_signature(), field: null });
  }
  return result.outcome === 'ended'
    ? fail(409, { problem: messageText('control_ended_', result.why), field: null })
    : fail(403, { problem: messageText('control_refused_', result.why), field: null });
}

/** Takes back a decision that waits for a second person. */
export async function withdrawAsked(event: RequestEvent): Promise<ActionFailure<Problem>> {
  const person = signedIn(event.locals);
  const id = String((await event.request.formData()).get('confirmation_id') ?? '');
  const { outcome } = await withdrawDecision(application().state, person, id);
  if (outcome === 'withdrawn') backToCase(event, event.params['case_number'] ?? '');
  return fail(409, {
    problem: outcome === 'too_late' ? m.control_withdraw_too_late() : m.triage_problem_not_found(),
    field: null,
  });
}
