import type { RequestEvent } from '@sveltejs/kit';
import { application } from '../application.ts';
import { appendAudit } from '../state/audit.ts';
import { refusedAsNull, setCookies } from './library-answer.ts';
import { countAttempt, forgetFailures } from './lockout.ts';
import { personById, type Person } from './person.ts';
import { rememberProof } from './proof.ts';
import { takeCode } from './used-code.ts';

export type SignInResult =
  | { readonly outcome: 'signed_in'; readonly person: Person }
  /** The password was right; ask for the code and call `confirmCode`. */
  | { readonly outcome: 'needs_code' }
  /** Unknown address or wrong password: not told apart. */
  | { readonly outcome: 'wrong' }
  | { readonly outcome: 'wrong_code' }
  /** The code was right but had been used before; start again with the password. */
  | { readonly outcome: 'used_code' }
  /** Too many failures; `until` is UTC ISO. */
  | { readonly outcome: 'locked'; readonly until: string };

type Event = Pick<RequestEvent, 'cookies' | 'request' | 'getClientAddress'>;

/** Checks a password and starts a session; sets the cookies itself. */
export async function signIn(
  event: Event,
  input: { email: string; password: string },
): Promise<SignInResult> {
  const { authentication, state } = application();
  const email = input.email.trim().toLowerCase().slice(0, 320);
  const locked =
    (await countAttempt(state, 'address', event.getClientAddress())) ??
    (await countAttempt(state, 'account', email));
  if (locked !== null) return { outcome: 'locked', until: locked };

  const answer = await refusedAsNull(() =>
    authentication.api.signInEmail({
      body: { email, password: input.password.slice(0, 200) },
      headers: event.request.headers,
      returnHeaders: true,
    }),
  );
  if (answer === null) return { outcome: 'wrong' };
  const { response, headers } = answer;
  const person = 'twoFactorRedirect' in response ? null : await personById(state, response.user.id);
  if (!('twoFactorRedirect' in response) && person === null) {
    await endNewSession(headers);
    return { outcome: 'wrong' };
  }
  setCookies(event, headers);
  if (person === null) return { outcome: 'needs_code' };
  return welcome(event, person);
}

/** Checks the six digits of the authenticator app, or a recovery code, after `needs_code`; each works once. */
export async function confirmCode(event: Event, code: string): Promise<SignInResult> {
  const { authentication, state } = application();
  const locked = await countAttempt(state, 'address', event.getClientAddress());
  if (locked !== null) return { outcome: 'locked', until: locked };
  const digits = code.replace(/\s/g, '').slice(0, 40);
  const request = { headers: event.request.headers, returnHeaders: true } as const;
  const answer = /^\d{6}$/.test(digits)
    ? await refusedAsNull(() =>
        authentication.api.verifyTOTP({ ...request, body: { code: digits, trustDevice: false } }),
      )
    : await refusedAsNull(() =>
        authentication.api.verifyBackupCode({
          ...request,
          body: { code: digits, disableSession: false, trustDevice: false },
        }),
      );
  if (answer === null) return { outcome: 'wrong_code' };
  const userId = answer.response.user.id;
  if (!(await takeCode(state, userId, digits))) {
    await endNewSession(answer.headers);
    return { outcome: 'used_code' };
  }
  const person = await personById(state, userId);
  if (person === null) {
    await endNewSession(answer.headers);
    return { outcome: 'wrong' };
  }
  setCookies(event, answer.headers);
  await rememberProof(state, event, /^\d{6}$/.test(digits) ? 'code' : 'recovery_code');
  return welcome(event, person);
}

/** Ends the session and removes its cookies. */
export async function signOut(event: Event): Promise<void> {
  const answer = await refusedAsNull(() =>
    application().authentication.api.signOut({
      headers: event.request.headers,
      returnHeaders: true,
    }),
  );
  if (answer !== null) setCookies(event, answer.headers);
}

/** The person behind the request's session; null without one. */
export async function personOf(request: Request): Promise<Person | null> {
  const { authentication, state } = application();
  const session = await authentication.api.getSession({ headers: request.headers });
  return session === null ? null : await personById(state, session.user.id);
}

/** Notes that somebody has signed in; earlier failures count no more. */
export async function welcome(
  event: Event,
  person: Person,
): Promise<Extract<SignInResult, { outcome: 'signed_in' }>> {
  const { state } = application();
  await state.transaction(async (queries) => {
    await forgetFailures(queries, 'account', person.email);
    await forgetFailures(queries, 'address', event.getClientAddress());
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'person.signed_in',
      subject: person.email,
      before: null,
      after: null,
    });
  });
  return { outcome: 'signed_in', person };
}

/** Somebody switched off, or who shows a used code, gets no session. */
async function endNewSession(headers: Headers): Promise<void> {
  const cookie = headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  await application().authentication.api.signOut({ headers: new Headers({ cookie }) });
}
