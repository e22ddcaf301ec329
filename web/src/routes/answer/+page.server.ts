import { fail, type ActionFailure } from '@sveltejs/kit';
import * as v from 'valibot';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { isUsed, readApprovalToken } from '#lib/server/approval-link.ts';
import { askToSign } from '#lib/server/ask-to-sign.ts';
import { takeOnce } from '#lib/server/auth/challenge.ts';
import type { Person } from '#lib/server/auth/person.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { lacksFreshFactor } from '#lib/server/auth/step-up.ts';
import { messageText } from '#lib/server/message-text.ts';
import { readCase } from '#lib/server/reads/case-page.ts';
import { requestById } from '#lib/server/state/decision-request.ts';
import { answerDecision } from '#lib/server/state/four-eyes.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

type LinkProblem = 'wrong' | 'expired' | 'used' | 'other' | 'sign_in' | 'gone';

/** The link of a mail: opening it changes nothing, mail scanners open links too. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const token = url.searchParams.get('token') ?? '';
  const opened = await openedLink(token, locals.person);
  if (typeof opened === 'string') return { token, problem: opened, release: null };
  const { page, asked_by_name } = opened;
  return {
    token,
    problem: null,
    release: {
      case_number: page.case.case_number,
      vendor_name: page.vendor_name,
      headline: page.headline,
      amount: page.case.amount,
      currency: page.case.currency,
      because: page.pending?.because ?? [],
      asked_by_name,
      confirmation_id: opened.confirmation_id,
      expected: page.expected,
    },
  };
};

export const actions: Actions = {
  confirm: (event) => answer(event, 'confirm'),
  decline: (event) => answer(event, 'decline'),
};

const fields = v.object({
  token: v.pipe(v.string(), v.maxLength(1_000)),
  expected_status: v.pipe(v.string(), v.maxLength(40)),
  expected_version: v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number)),
  signature: v.optional(v.pipe(v.string(), v.maxLength(20_000)), ''),
});

async function answer(
  event: RequestEvent,
  given: 'confirm' | 'decline',
): Promise<{ done: 'confirmed' | 'declined' } | ActionFailure<{ problem: string }>> {
  const person = signedIn(event.locals);
  const parsed = v.safeParse(fields, Object.fromEntries(await event.request.formData()));
  if (!parsed.success) return fail(400, { problem: m.triage_problem_form() });
  const { token, signature, ...expected } = parsed.output;
  const opened = await openedLink(token, person);
  if (typeof opened === 'string') {
    return fail(409, { problem: messageText('factor_link_', opened) });
  }
  if (given === 'confirm') {
    const refused = await lacksFreshFactor(event);
    if (refused !== null) return refused;
  }
  const { state } = application();
  const { confirmation_id, good_until } = opened;
  const result = await answerDecision(
    state,
    person,
    { confirmation_id, answer: given, note: '', ...expected },
    signature === '' ? null : { url: event.url, answer: signature },
  );
  switch (result.outcome) {
    case 'confirmed':
    case 'declined':
      await takeOnce(state, token, good_until);
      return { done: result.outcome };
    case 'unsigned':
      return askToSign(event, result.text);
    case 'wrong_signature':
      return fail(403, { problem: m.factor_wrong_signature() });
    case 'refused':
      return fail(403, { problem: messageText('control_refused_', result.why) });
    case 'not_found':
      return fail(409, { problem: m.factor_link_gone() });
    case 'ended':
      return fail(409, { problem: messageText('control_ended_', result.why) });
  }
}

/** What the link is about, for the one person it was sent to; else why it opens nothing. */
async function openedLink(token: string, person: Person | null) {
  const { state, authentication } = application();
  const { secret } = await authentication.$context;
  const link = readApprovalToken(secret, token);
  if (link === null) return 'wrong' satisfies LinkProblem;
  if (link.good_until.getTime() < Date.now()) return 'expired' satisfies LinkProblem;
  if (await isUsed(state, token)) return 'used' satisfies LinkProblem;
  if (person === null) return 'sign_in' satisfies LinkProblem;
  if (person.user_id !== link.user_id) return 'other' satisfies LinkProblem;
  const asked = await requestById(state, link.confirmation_id);
  if (asked?.state !== 'pending') return 'gone' satisfies LinkProblem;
  const page = await readCase(person, asked.case_number);
  if (page === null) return 'gone' satisfies LinkProblem;
  return { ...link, page, asked_by_name: page.pending?.asked_by_name ?? '' };
}
