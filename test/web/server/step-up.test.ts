import type { RequestEvent } from '@sveltejs/kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setApplication, type Application } from '../../../web/src/lib/server/application.ts';
import { openAuthentication } from '../../../web/src/lib/server/auth/authentication.ts';
import { signInByPasskey } from '../../../web/src/lib/server/auth/passkey-sign-in.ts';
import {
  authenticationRequest,
  passkeysOf,
  registrationOptions,
  removePasskey,
  renamePasskey,
  savePasskey,
} from '../../../web/src/lib/server/auth/passkeys.ts';
import type { Person } from '../../../web/src/lib/server/auth/person.ts';
import {
  beginSecondFactor,
  confirmSecondFactor,
} from '../../../web/src/lib/server/auth/second-factor.ts';
import { personOf, signIn } from '../../../web/src/lib/server/auth/sign-in.ts';
import {
  isFresh,
  lacksFreshFactor,
  proveByCode,
  proveByPasskey,
} from '../../../web/src/lib/server/auth/step-up.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { codeOf } from './authenticator.ts';
import { Browser } from './browser-event.ts';
import { freshState, password, somebody } from './fresh-state.ts';
import { SoftwarePasskey } from './software-passkey.ts';

const origin = 'http://localhost:4173';
const url = new URL(origin);

let state: State;
let person: Person;
let browser: Browser;
let passkey: SoftwarePasskey;

beforeEach(async () => {
  state = await freshState();
  const authentication = openAuthentication({
    pool: state.pool,
    secret: 'of the tests',
    url: 'http://127.0.0.1:4173',
    origins: ['http://127.0.0.1:4173', origin],
  });
  setApplication({ state, authentication, url: 'http://127.0.0.1:4173' } as Application);
  person = await somebody(state);
  passkey = new SoftwarePasskey(origin);
  browser = new Browser();
  await signIn(browser.event(), { email: person.email, password });
});
afterEach(() => setApplication(undefined));

const eventOf = (by = browser, who = person) =>
  ({ ...by.event(), url, locals: { person: who } }) as unknown as RequestEvent;

async function register(who = person, one = passkey): Promise<void> {
  const options = await registrationOptions(url, who);
  if (options === null) throw new Error('no passkey can work here');
  expect(await savePasskey({ url }, who, { name: 'Laptop', response: one.register(options) })).toBe(
    'saved',
  );
}

async function stepUpOptions(who = person) {
  const options = await authenticationRequest(url, 'step_up', who);
  if (options === null) throw new Error('no passkey can work here');
  return options;
}

describe('whoever releases money', () => {
  test('is told to set a second factor up, and only then may release', async () => {
    const refused = await lacksFreshFactor(eventOf());
    expect(refused?.data.step_up.is_missing).toBe(true);
    await register();
    const asked = await lacksFreshFactor(eventOf());
    expect(asked?.data.step_up).toMatchObject({ is_missing: false });
    const answer = passkey.answer(await stepUpOptions());
    expect(await proveByPasskey(eventOf(), person, answer)).toEqual({ outcome: 'proven' });
    expect(await lacksFreshFactor(eventOf())).toBeNull();
  });

  test('shows it again after five minutes, and in each session', async () => {
    await register();
    await proveByPasskey(eventOf(), person, passkey.answer(await stepUpOptions()));
    const other = new Browser();
    await signIn(other.event(), { email: person.email, password });
    expect([await isFresh(eventOf()), await isFresh(eventOf(other))]).toEqual([true, false]);
    await state.query(
      "update second_factor_proof set proven_at = proven_at - interval '5 minutes'",
    );
    expect(await isFresh(eventOf())).toBe(false);
  });

  test('may use the code of an app instead, each code once', async () => {
    const begun = await beginSecondFactor(browser.event(), person, password);
    const uri = begun.outcome === 'begun' ? begun.uri : '';
    const secret = new URL(uri).searchParams.get('secret') ?? '';
    await confirmSecondFactor(browser.event(), person, codeOf(secret));
    expect(await isFresh(eventOf())).toBe(true);
    await state.query('delete from second_factor_proof');
    expect(await proveByCode(eventOf(), person, '000000')).toEqual({ outcome: 'wrong_code' });
    expect(await proveByCode(eventOf(), person, codeOf(secret))).toEqual({ outcome: 'wrong_code' });
    const next = codeOf(secret, 1);
    expect(await proveByCode(eventOf(), person, next)).toEqual({ outcome: 'proven' });
    expect(await isFresh(eventOf())).toBe(true);
    expect(await proveByCode(eventOf(), person, next)).toEqual({ outcome: 'wrong_code' });
  });

  test('is not asked when the role releases nothing', async () => {
    const analyst = await somebody(state, { roles: ['analyst'] });
    expect(await lacksFreshFactor(eventOf(browser, analyst))).toBeNull();
  });
});

describe('a passkey', () => {
  test('signs in without a name and counts as the second factor', async () => {
    await register();
    const options = await authenticationRequest(url, 'sign_in', null);
    expect(options?.allowCredentials).toEqual([]);
    const other = new Browser();
    const answer = passkey.answer({ challenge: options?.challenge ?? '' });
    expect(await signInByPasskey(eventOf(other), answer)).toMatchObject({ outcome: 'signed_in' });
    expect(await personOf(other.request())).toMatchObject({ user_id: person.user_id });
    expect(await isFresh(eventOf(other))).toBe(true);

    const thief = new Browser();
    expect(await signInByPasskey(eventOf(thief), answer)).toEqual({ outcome: 'wrong_passkey' });
    expect(await personOf(thief.request())).toBeNull();
  });

  test.each([
    ['another origin', { origin: 'http://localhost.evil.test' }],
    ['another name', { rp_id: 'evil.test' }],
    ['another purpose', { type: 'webauthn.create' }],
    ['nobody verified by the device', { verified: false }],
    ['a counter that went back', { counter: 1 }],
  ])('is refused with %s', async (_, lie) => {
    await register();
    await proveByPasskey(eventOf(), person, passkey.answer(await stepUpOptions()));
    await state.query('delete from second_factor_proof');
    const answer = passkey.answer(await stepUpOptions(), lie);
    expect(await proveByPasskey(eventOf(), person, answer)).toEqual({ outcome: 'wrong_passkey' });
    expect(await isFresh(eventOf())).toBe(false);
  });

  test('is refused for a challenge of another purpose, of another person, or not of ours', async () => {
    await register();
    const other = await somebody(state);
    const challenges = [
      (await authenticationRequest(url, 'sign_in', null))?.challenge,
      (await authenticationRequest(url, 'step_up', other))?.challenge,
      Buffer.alloc(54).toString('base64url'),
      '',
    ];
    for (const challenge of challenges) {
      const answer = passkey.answer({ challenge: challenge ?? '' });
      expect(await proveByPasskey(eventOf(), person, answer)).toEqual({ outcome: 'wrong_passkey' });
    }
    for (const answer of ['', '{}', '[]', 'null', JSON.stringify({ id: 'a', response: 3 })]) {
      expect(await proveByPasskey(eventOf(), person, answer)).toEqual({ outcome: 'wrong_passkey' });
    }
  });

  test('of one person proves nothing for another', async () => {
    await register();
    const other = await somebody(state);
    const answer = passkey.answer(await stepUpOptions(other));
    expect(await proveByPasskey(eventOf(browser, other), other, answer)).toEqual({
      outcome: 'wrong_passkey',
    });
  });

  test('is named, renamed and removed by its owner only, and opens nothing afterwards', async () => {
    await register();
    const other = await somebody(state);
    expect(await renamePasskey(other, passkey.id, 'Mine')).toBe('not_found');
    expect(await removePasskey(other, passkey.id)).toBe(false);
    expect(await renamePasskey(person, passkey.id, ' ')).toBe('name');
    expect(await renamePasskey(person, passkey.id, 'Phone')).toBe('saved');
    expect(await passkeysOf(state, person.user_id)).toMatchObject([{ name: 'Phone' }]);
    expect(await removePasskey(person, passkey.id)).toBe(true);
    const { challenge } = (await authenticationRequest(url, 'sign_in', null)) ?? { challenge: '' };
    expect(await signInByPasskey(eventOf(new Browser()), passkey.answer({ challenge }))).toEqual({
      outcome: 'wrong_passkey',
    });
    const actions = await state.query<{ action: string }>(
      "select action from audit_log where action like 'person.passkey%' order by id",
    );
    expect(actions.map((one) => one.action)).toEqual([
      'person.passkey_added',
      'person.passkey_renamed',
      'person.passkey_removed',
    ]);
  });

  test('is not offered at a numeric address', async () => {
    expect(await registrationOptions(new URL('http://127.0.0.1:4173/'), person)).toBeNull();
    expect(await registrationOptions(new URL('http://evil.test/'), person)).toBeNull();
  });
});
