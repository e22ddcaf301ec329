import { fail, type ActionFailure, type RequestEvent } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { passkeyRequest, passkeysOf } from './auth/passkeys.ts';
import { addressForPasskeys } from './auth/relying-party.ts';
import { signedIn } from './auth/signed-in.ts';
import { challengeFor } from './control/decision-text.ts';
import { application } from './application.ts';

/** What the page asks the passkey to sign before it sends the same form again. */
export interface ToSign {
  /** The very text that is signed. */
  readonly text: string;
  /** Options for the browser; null without a passkey, or where none can work. */
  readonly passkey: Awaited<ReturnType<typeof passkeyRequest>>;
  readonly named_address: string | null;
}

/** Refuses a decision until it is signed; nothing of it has been done. */
export async function askToSign(
  event: Pick<RequestEvent, 'url' | 'locals'>,
  text: string,
): Promise<ActionFailure<{ problem: string; field: string | null; to_sign: ToSign }>> {
  const person = signedIn(event.locals);
  const known = await passkeysOf(application().state, person.user_id);
  const passkey =
    known.length === 0 ? null : await passkeyRequest(event.url, challengeFor(text), person);
  const to_sign = { text, passkey, named_address: addressForPasskeys(event.url) };
  const problem = known.length === 0 ? m.factor_sign_without() : m.factor_unsigned();
  return fail(403, { problem, field: null, to_sign });
}
