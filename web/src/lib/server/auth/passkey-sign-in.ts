import type { RequestEvent } from '@sveltejs/kit';
import { application } from '../application.ts';
import { challengeEnd, isOurChallenge, takeOnce } from './challenge.ts';
import { countAttempt } from './lockout.ts';
import { challengeIn, checkPasskey } from './passkeys.ts';
import { personById, type Person } from './person.ts';
import { welcome } from './sign-in.ts';
import { startSession } from './start-session.ts';
import { rememberProof } from './proof.ts';

export type PasskeySignInResult =
  | { readonly outcome: 'signed_in'; readonly person: Person }
  /** Unknown, expired, used before, or of somebody switched off: not told apart. */
  | { readonly outcome: 'wrong_passkey' }
  | { readonly outcome: 'locked'; readonly until: string };

/** Signs in whoever the passkey belongs to; the device has checked that it is them. */
export async function signInByPasskey(
  event: Pick<RequestEvent, 'cookies' | 'request' | 'url' | 'getClientAddress'>,
  answer: string,
): Promise<PasskeySignInResult> {
  const { state } = application();
  const until = await countAttempt(state, 'address', event.getClientAddress());
  if (until !== null) return { outcome: 'locked', until };
  const person = await state.transaction(async (queries) => {
    const proof = await checkPasskey(queries, event.url, answer, (challenge) =>
      isOurChallenge('sign_in', '', challenge),
    );
    if (proof === null) return null;
    const isFirst = await takeOnce(queries, challengeIn(proof.client_data), challengeEnd());
    return isFirst ? personById(queries, proof.user_id) : null;
  });
  if (person === null) return { outcome: 'wrong_passkey' };
  await startSession(event, person.user_id);
  await rememberProof(state, event, 'passkey');
  return welcome(event, person);
}
