import { fail, type ActionFailure, type RequestEvent } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { application } from '../application.ts';
import { appendAudit } from '../state/audit.ts';
import type { Queries } from '../state/database.ts';
import { challengeEnd, isOurChallenge, takeOnce } from './challenge.ts';
import { refusedAsNull } from './library-answer.ts';
import { countAttempt, forgetFailures } from './lockout.ts';
import { authenticationRequest, challengeIn, checkPasskey, passkeysOf } from './passkeys.ts';
import { can } from './permissions.ts';
import type { Person } from './person.ts';
import { addressForPasskeys } from './relying-party.ts';
import { secondFactorOf } from './second-factor.ts';
import { currentSessionId } from './sessions.ts';
import { rememberProof, type ProofMethod } from './proof.ts';
import { signedIn } from './signed-in.ts';
import { takeCode } from './used-code.ts';

/** A second factor shown this recently is fresh. */
const freshSeconds = 5 * 60;

type Event = Pick<RequestEvent, 'cookies' | 'request' | 'url' | 'getClientAddress'>;

/** Whose roles release money must have a second factor and show it again for what is grave. */
export function needsSecondFactor(person: Person): boolean {
  return can(person, 'cases.decide');
}

/** The ways a person can show a second factor. */
export interface Factors {
  readonly has_code: boolean;
  readonly passkeys: number;
}

export async function factorsOf(person: Person): Promise<Factors> {
  const [second, passkeys] = await Promise.all([
    secondFactorOf(person),
    passkeysOf(application().state, person.user_id),
  ]);
  return { has_code: second.is_on, passkeys: passkeys.length };
}

/** Whether a second factor was shown in this session within the last five minutes. */
export async function isFresh(event: Pick<RequestEvent, 'cookies'>): Promise<boolean> {
  const session = await currentSessionId(event.cookies);
  const rows = await application().state.query(
    `select 1 from second_factor_proof where session_id = $1
     and proven_at > clock_timestamp() - make_interval(secs => $2)`,
    [session, freshSeconds],
  );
  return rows.length > 0;
}

/** What the page asks for before it sends the same form again. */
export interface StepUp {
  /** No second factor is set up: nothing can be shown. */
  readonly is_missing: boolean;
  readonly has_code: boolean;
  /** Options for the browser; null without a passkey, or where none can work. */
  readonly passkey: Awaited<ReturnType<typeof authenticationRequest>>;
  /** The same page where passkeys work, when this address is not one. */
  readonly named_address: string | null;
}

export async function stepUpFor(url: URL, person: Person): Promise<StepUp> {
  const { has_code, passkeys } = await factorsOf(person);
  return {
    is_missing: !has_code && passkeys === 0,
    has_code,
    passkey: passkeys === 0 ? null : await authenticationRequest(url, 'step_up', person),
    named_address: addressForPasskeys(url),
  };
}

/**
 * Refuses a grave act until a fresh second factor was shown; null lets it through. Nothing of the
 * form has been done, so that the page may send it again as it is.
 */
export async function lacksFreshFactor(
  event: Event & Pick<RequestEvent, 'locals'>,
): Promise<ActionFailure<{ problem: string; field: string | null; step_up: StepUp }> | null> {
  const person = signedIn(event.locals);
  if (!needsSecondFactor(person) || (await isFresh(event))) return null;
  const step_up = await stepUpFor(event.url, person);
  return fail(403, {
    problem: step_up.is_missing ? m.factor_missing() : m.factor_stale(),
    field: null,
    step_up,
  });
}

/**
 * The same for whoever has a second factor, whatever the role: before another one is added or one is
 * taken away, so that a stolen session and password do not suffice.
 */
export async function lacksFactorForChange(
  event: Event & Pick<RequestEvent, 'locals'>,
): ReturnType<typeof lacksFreshFactor> {
  const person = signedIn(event.locals);
  const { has_code, passkeys } = await factorsOf(person);
  if ((!has_code && passkeys === 0) || (await isFresh(event))) return null;
  const step_up = await stepUpFor(event.url, person);
  return fail(403, { problem: m.factor_stale(), field: null, step_up });
}

export type ProveResult =
  | { readonly outcome: 'proven' }
  | { readonly outcome: 'wrong_code' | 'wrong_passkey' }
  | { readonly outcome: 'locked'; readonly until: string };

/** Takes the code of the authenticator app, or a recovery code, of somebody signed in. */
export async function proveByCode(
  event: Event,
  person: Person,
  given: string,
): Promise<ProveResult> {
  const { authentication, state } = application();
  const until =
    (await countAttempt(state, 'address', event.getClientAddress())) ??
    (await countAttempt(state, 'account', person.email));
  if (until !== null) return { outcome: 'locked', until };
  const code = given.replace(/\s/g, '').slice(0, 40);
  if (!(await secondFactorOf(person)).is_on) return { outcome: 'wrong_code' };
  const isDigits = /^\d{6}$/.test(code);
  const { headers } = event.request;
  const answer = await refusedAsNull(
    async () =>
      (await (isDigits
        ? authentication.api.verifyTOTP({ body: { code, trustDevice: false }, headers })
        : authentication.api.verifyBackupCode({
            body: { code, disableSession: true, trustDevice: false },
            headers,
          }))) as object,
  );
  if (answer === null) return { outcome: 'wrong_code' };
  return state.transaction(async (queries) => {
    if (!(await takeCode(queries, person.user_id, code))) return { outcome: 'wrong_code' };
    await forgetFailures(queries, 'account', person.email);
    await forgetFailures(queries, 'address', event.getClientAddress());
    await noteProof(queries, event, person, isDigits ? 'code' : 'recovery_code');
    return { outcome: 'proven' };
  });
}

/** Takes the answer of one of the person's own passkeys. */
export async function proveByPasskey(
  event: Event,
  person: Person,
  answer: string,
): Promise<ProveResult> {
  const { state } = application();
  const until = await countAttempt(state, 'address', event.getClientAddress());
  if (until !== null) return { outcome: 'locked', until };
  return state.transaction(async (queries) => {
    const proof = await checkPasskey(queries, event.url, answer, (challenge) =>
      isOurChallenge('step_up', person.user_id, challenge),
    );
    if (proof?.user_id !== person.user_id) return { outcome: 'wrong_passkey' };
    if (!(await takeOnce(queries, challengeIn(proof.client_data), challengeEnd()))) {
      return { outcome: 'wrong_passkey' };
    }
    await forgetFailures(queries, 'address', event.getClientAddress());
    await noteProof(queries, event, person, 'passkey');
    return { outcome: 'proven' };
  });
}

async function noteProof(
  queries: Queries,
  event: Pick<RequestEvent, 'cookies'>,
  person: Person,
  method: ProofMethod,
): Promise<void> {
  await rememberProof(queries, event, method);
  await appendAudit(queries, {
    actor: person.user_id,
    action: 'person.second_factor_shown',
    subject: person.email,
    before: null,
    after: { method },
  });
}
