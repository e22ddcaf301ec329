import { afterEach, describe, expect, test } from 'vitest';
import { setApplication, type Application } from '../../../web/src/lib/server/application.ts';
import { openAuthentication } from '../../../web/src/lib/server/auth/authentication.ts';
import { setPassword, generatePassword } from '../../../web/src/lib/server/auth/accounts.ts';
import { pauseAfter } from '../../../web/src/lib/server/auth/lockout.ts';
import { personOf, signIn, signOut } from '../../../web/src/lib/server/auth/sign-in.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { Browser } from './browser-event.ts';
import { freshState, password, somebody } from './fresh-state.ts';

afterEach(() => setApplication(undefined));

describe('signing in', () => {
  test('gives a session that ends after eight hours, in a cookie no script can read', async () => {
    const state = await opened();
    const person = await somebody(state);
    const browser = new Browser();
    expect(await signIn(browser.event(), { email: person.email, password })).toEqual({
      outcome: 'signed_in',
      person,
    });
    expect(browser.cookie('quittance.session_token')).toMatchObject({
      httpOnly: true,
      sameSite: 'lax',
      secure: false,
      path: '/',
      maxAge: 28_800,
    });
    expect(await personOf(browser.request())).toEqual(person);
    await state.query(`update "session" set "expiresAt" = current_timestamp - interval '1 second'`);
    expect(await personOf(browser.request())).toBeNull();
  });

  test('does not prolong a session by using it', async () => {
    const state = await opened();
    const person = await somebody(state);
    const browser = new Browser();
    await signIn(browser.event(), { email: person.email, password });
    await state.query(
      `update "session" set "expiresAt" = current_timestamp + interval '1 minute', "updatedAt" = current_timestamp - interval '5 hours'`,
    );
    await personOf(browser.request());
    const [row] = await state.query<{ left: number }>(
      `select extract(epoch from "expiresAt" - current_timestamp)::float8 as left from "session"`,
    );
    expect(row?.left).toBeLessThan(61);
  });

  test('has one answer for a wrong password and an address nobody has', async () => {
    const state = await opened();
    const person = await somebody(state);
    const wrong = await signIn(new Browser().event(), {
      email: person.email,
      password: 'wrong wrong wrong',
    });
    const nobody = await signIn(new Browser().event(), { email: 'nobody@example.test', password });
    expect([wrong, nobody]).toEqual([{ outcome: 'wrong' }, { outcome: 'wrong' }]);
  });

  test('takes the address in any case', async () => {
    const state = await opened();
    const person = await somebody(state);
    const result = await signIn(new Browser().event(), {
      email: ` ${person.email.toUpperCase()} `,
      password,
    });
    expect(result.outcome).toBe('signed_in');
  });

  test('is locked after five failures, from whatever address, also for the right password', async () => {
    const state = await opened();
    const person = await somebody(state);
    for (let n = 0; n < 5; n++) {
      const result = await signIn(new Browser(`10.0.0.${n}`).event(), {
        email: person.email,
        password: 'wrong wrong wrong',
      });
      expect(result).toEqual({ outcome: 'wrong' });
    }
    const locked = await signIn(new Browser('10.0.0.9').event(), { email: person.email, password });
    expect(locked.outcome).toBe('locked');
    await state.query(
      `update sign_in_failure set locked_until = current_timestamp - interval '1 second'`,
    );
    expect(
      await signIn(new Browser('10.0.0.9').event(), { email: person.email, password }),
    ).toMatchObject({ outcome: 'signed_in' });
  });

  test('is locked for longer with each further failure, up to an hour', () => {
    const pauses = [1, 4, 5, 6, 7, 8, 11, 12, 99].map((failures) =>
      pauseAfter('account', failures),
    );
    expect(pauses).toEqual([0, 0, 30, 60, 120, 240, 1_920, 3_600, 3_600]);
  });

  test('counts attempts made at once', async () => {
    const state = await opened();
    const person = await somebody(state);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        signIn(new Browser(`10.2.0.${n}`).event(), {
          email: person.email,
          password: 'wrong wrong wrong',
        }),
      ),
    );
    expect(results.filter(({ outcome }) => outcome === 'wrong').length).toBeLessThanOrEqual(5);
  });

  test('of somebody switched off is refused and leaves no session', async () => {
    const state = await opened();
    const person = await somebody(state);
    await state.query('update app_user set active = false');
    expect(await signIn(new Browser().event(), { email: person.email, password })).toEqual({
      outcome: 'wrong',
    });
    expect(await state.query('select 1 from "session"')).toEqual([]);
  });

  test('is over after signing out, and everywhere after a new password', async () => {
    const state = await opened();
    const person = await somebody(state);
    const [one, two] = [new Browser(), new Browser()];
    for (const browser of [one, two])
      await signIn(browser.event(), { email: person.email, password });
    const stolen = one.request();
    await signOut(one.event());
    expect(await personOf(stolen)).toBeNull();
    expect(await personOf(two.request())).not.toBeNull();
    await setPassword(state, person.user_id, 'another long password', 'system:test');
    expect(await personOf(two.request())).toBeNull();
    expect(await signIn(two.event(), { email: person.email, password })).toEqual({
      outcome: 'wrong',
    });
  });
});

test('nobody can sign up', async () => {
  const state = await opened();
  const authentication = authenticationOf(state);
  const attempt = authentication.api.signUpEmail({
    body: { name: 'X', email: 'x@example.test', password },
  });
  await expect(attempt).rejects.toThrow();
  expect(await state.query('select 1 from "user"')).toEqual([]);
});

test('passwords are stored as hashes only, and generated ones differ', async () => {
  const state = await opened();
  await somebody(state);
  const [row] = await state.query<{ password: string }>('select password from "account"');
  expect(row?.password).not.toContain(password);
  const made = new Set(Array.from({ length: 100 }, generatePassword));
  expect(made.size).toBe(100);
  for (const one of made) expect(one).toMatch(/^[a-zA-Z2-9]{20}$/);
});

async function opened(): Promise<State> {
  const state = await freshState();
  setApplication({ state, authentication: authenticationOf(state) } as Application);
  return state;
}

function authenticationOf(state: State) {
  const url = 'http://127.0.0.1:4173';
  return openAuthentication({ pool: state.pool, secret: 'of the tests', url, origins: [url] });
}
