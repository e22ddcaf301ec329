import type { RequestEvent } from '@sveltejs/kit';
import { application } from '../application.ts';
import { appendAudit } from '../state/audit.ts';
import { confirmPassword, type PasswordCheck } from './confirm-password.ts';
import { refusedAsNull, setCookies } from './library-answer.ts';
import { countAttempt } from './lockout.ts';
import type { Person } from './person.ts';
import { rememberProof } from './proof.ts';
import { takeCode } from './used-code.ts';

type Event = Pick<RequestEvent, 'cookies' | 'request' | 'getClientAddress'>;

export interface SecondFactor {
  readonly is_on: boolean;
  readonly recovery_codes_left: number;
}

/** Whether a person signs in with a code as well. */
export async function secondFactorOf(person: Person): Promise<SecondFactor> {
  const { authentication, state } = application();
  const [row] = await state.query<{ is_on: boolean }>(
    'select coalesce("twoFactorEnabled", false) as is_on from "user" where id = $1',
    [person.user_id],
  );
  if (row?.is_on !== true) return { is_on: false, recovery_codes_left: 0 };
  const { backupCodes } = await authentication.api.viewBackupCodes({
    body: { userId: person.user_id },
  });
  return { is_on: true, recovery_codes_left: backupCodes.length };
}

export type BeginResult =
  | Exclude<PasswordCheck, { outcome: 'right' }>
  | { readonly outcome: 'begun'; readonly uri: string };

/** Makes a new secret for an authenticator app, as its `otpauth:` address; nothing is on until `confirmSecondFactor`. */
export async function beginSecondFactor(
  event: Event,
  person: Person,
  password: string,
): Promise<BeginResult> {
  const check = await confirmPassword(person, password);
  if (check.outcome !== 'right') return check;
  const begun = await refusedAsNull(() =>
    application().authentication.api.enableTwoFactor({
      body: { password },
      headers: event.request.headers,
    }),
  );
  return begun === null || !('totpURI' in begun)
    ? { outcome: 'wrong' }
    : { outcome: 'begun', uri: begun.totpURI };
}

export type ConfirmResult =
  | { readonly outcome: 'on'; readonly recovery_codes: readonly string[] }
  | { readonly outcome: 'wrong_code' }
  | { readonly outcome: 'locked'; readonly until: string };

/** Turns the second step on once the app shows the right code; gives the recovery codes, this once. */
export async function confirmSecondFactor(
  event: Event,
  person: Person,
  code: string,
): Promise<ConfirmResult> {
  const { authentication, state } = application();
  const until = await countAttempt(state, 'address', event.getClientAddress());
  if (until !== null) return { outcome: 'locked', until };
  if ((await secondFactorOf(person)).is_on) return { outcome: 'wrong_code' };
  const digits = code.replace(/\s/g, '').slice(0, 6);
  const answer = await refusedAsNull(() =>
    authentication.api.verifyTOTP({
      body: { code: digits, trustDevice: false },
      headers: event.request.headers,
      returnHeaders: true,
    }),
  );
  if (answer === null) return { outcome: 'wrong_code' };
  setCookies(event, answer.headers);
  await state.transaction(async (queries) => {
    await takeCode(queries, person.user_id, digits);
    await rememberProof(queries, event, 'code');
    await appendAudit(queries, {
      actor: person.user_id,
      action: 'person.second_factor_on',
      subject: person.email,
      before: null,
      after: null,
    });
  });
  const { backupCodes } = await authentication.api.viewBackupCodes({
    body: { userId: person.user_id },
  });
  return { outcome: 'on', recovery_codes: backupCodes };
}

/** Turns the second step off; the password is enough from then on. */
export async function endSecondFactor(
  event: Event,
  person: Person,
  password: string,
): Promise<PasswordCheck> {
  const { authentication, state } = application();
  const check = await confirmPassword(person, password);
  if (check.outcome !== 'right') return check;
  const answer = await refusedAsNull(() =>
    authentication.api.disableTwoFactor({
      body: { password },
      headers: event.request.headers,
      returnHeaders: true,
    }),
  );
  if (answer === null) return { outcome: 'wrong' };
  setCookies(event, answer.headers);
  await state.transaction((queries) =>
    appendAudit(queries, {
      actor: person.user_id,
      action: 'person.second_factor_off',
      subject: person.email,
      before: null,
      after: null,
    }),
  );
  return check;
}
