import { isActionFailure } from '@sveltejs/kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setApplication, type Application } from '../../../web/src/lib/server/application.ts';
import { openAuthentication } from '../../../web/src/lib/server/auth/authentication.ts';
import { personById, type Person } from '../../../web/src/lib/server/auth/person.ts';
import { homeOf } from '../../../web/src/lib/server/auth/permissions.ts';
import { secondFactorOf } from '../../../web/src/lib/server/auth/second-factor.ts';
import { sessionsOf } from '../../../web/src/lib/server/auth/sessions.ts';
import { confirmCode, personOf, signIn } from '../../../web/src/lib/server/auth/sign-in.ts';
import { keepPreference } from '../../../web/src/lib/server/keep-preference.ts';
import type { State } from '../../../web/src/lib/server/state/database.ts';
import { actions } from '../../../web/src/routes/account/+page.server.ts';
import { codeOf } from './authenticator.ts';
import { Browser } from './browser-event.ts';
import { freshState, password, somebody } from './fresh-state.ts';

let state: State;
let person: Person;
let browser: Browser;

beforeEach(async () => {
  state = await freshState();
  const url = 'http://127.0.0.1:4173';
  const authentication = openAuthentication({
    pool: state.pool,
    secret: 'of the tests',
    url,
    origins: [url],
  });
  setApplication({ state, authentication, url } as Application);
  person = await somebody(state);
  browser = await signedInBrowser();
});
afterEach(() => setApplication(undefined));

describe('the second step', () => {
  test('is asked for once it is on, and takes each code once', async () => {
    const { secret } = await turnOn();
    const other = new Browser();
    const given = { email: person.email, password };
    expect(await signIn(other.event(), given)).toEqual({ outcome: 'needs_code' });
    expect(await personOf(other.request())).toBeNull();
    expect(await confirmCode(other.event(), '000000')).toEqual({ outcome: 'wrong_code' });
    const code = codeOf(secret, 1);
    expect(await confirmCode(other.event(), code)).toMatchObject({ outcome: 'signed_in' });
    expect(await personOf(other.request())).toMatchObject({ user_id: person.user_id });

    const thief = new Browser();
    const before = await sessionCount();
    expect(await signIn(thief.event(), given)).toEqual({ outcome: 'needs_code' });
    expect(await confirmCode(thief.event(), code)).toEqual({ outcome: 'used_code' });
    expect(await personOf(thief.request())).toBeNull();
    expect(await sessionCount()).toBe(before);
  });

  test('takes one code once when two show it at the same moment', async () => {
    const { secret } = await turnOn();
    const code = codeOf(secret, 1);
    const browsers = [new Browser('10.0.0.1'), new Browser('10.0.0.2')];
    for (const one of browsers) await signIn(one.event(), { email: person.email, password });
    const results = await Promise.all(browsers.map((one) => confirmCode(one.event(), code)));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['signed_in', 'used_code']);
  });

  test('does not take the code again that turned it on', async () => {
    const { code } = await turnOn();
    const other = new Browser();
    await signIn(other.event(), { email: person.email, password });
    expect(await confirmCode(other.event(), code)).toEqual({ outcome: 'used_code' });
  });

  test('takes each recovery code once', async () => {
    const begun = await begin();
    const answer = await act('confirm_second_factor', { code: codeOf(begun.secret) });
    const [code = ''] = (answer as { recovery_codes: string[] }).recovery_codes;
    expect((answer as { recovery_codes: string[] }).recovery_codes).toHaveLength(10);
    for (const expected of ['signed_in', 'wrong_code']) {
      const other = new Browser();
      await signIn(other.event(), { email: person.email, password });
      expect(await confirmCode(other.event(), code)).toMatchObject({ outcome: expected });
    }
    expect(await secondFactorOf(person)).toEqual({ is_on: true, recovery_codes_left: 9 });
  });

  test('is not on before the app has shown a right code', async () => {
    const { uri } = await begin();
    const answer = await act('confirm_second_factor', { code: '000000', uri });
    expect(problemOf(answer)).toMatchObject({ step: 'second_factor', uri });
    expect(await secondFactorOf(person)).toMatchObject({ is_on: false });
    expect((await signedInBrowser()).cookie('quittance.session_token')).toBeDefined();
  });

  test('is neither turned on nor off without the password', async () => {
    expect(problemOf(await act('begin_second_factor', { password: 'not this one' }))).toMatchObject(
      { step: 'second_factor', uri: null },
    );
    await turnOn();
    expect(problemOf(await act('end_second_factor', { password: 'not this one' }))).toBeDefined();
    expect(await secondFactorOf(person)).toMatchObject({ is_on: true });
    await act('end_second_factor', { password });
    expect(await secondFactorOf(person)).toMatchObject({ is_on: false });
    await signedInBrowser();
    expect(await auditActions()).toEqual(['person.second_factor_on', 'person.second_factor_off']);
  });

  test('keeps its secret when somebody asks to set it up a second time', async () => {
    await turnOn();
    expect(problemOf(await act('begin_second_factor', { password }))).toBeDefined();
    const answer = await act('confirm_second_factor', { code: '123456' });
    expect(problemOf(answer)).toBeDefined();
    expect(answer).not.toHaveProperty('recovery_codes');
  });
});

describe('the password', () => {
  const wanted = 'another long password';

  test('is changed with the current one, and ends all sessions but this', async () => {
    const other = await signedInBrowser();
    await act('password', { password, new_password: wanted, repeated_password: wanted });
    expect(await personOf(browser.request())).not.toBeNull();
    expect(await personOf(other.request())).toBeNull();
    const results = [password, wanted].map((one) =>
      signIn(new Browser().event(), { email: person.email, password: one }),
    );
    expect((await Promise.all(results)).map(({ outcome }) => outcome)).toEqual([
      'wrong',
      'signed_in',
    ]);
  });

  test.each([
    ['a wrong current one', 'not this one', wanted, wanted],
    ['eleven characters', password, '12345678901', '12345678901'],
    ['201 characters', password, 'x'.repeat(201), 'x'.repeat(201)],
    ['two that differ', password, wanted, `${wanted}.`],
  ])('stays with %s', async (_, current, new_password, repeated_password) => {
    const answer = await act('password', { password: current, new_password, repeated_password });
    expect(problemOf(answer)).toMatchObject({ step: 'password' });
    await signedInBrowser();
  });

  test('cannot be guessed by whoever took a session', async () => {
    for (let n = 0; n < 5; n++) await act('begin_second_factor', { password: 'not this one' });
    const answer = await act('begin_second_factor', { password });
    expect(problemOf(answer)?.problem).toContain('Too many attempts');
  });
});

describe('a session', () => {
  test('is listed and ended by its owner only', async () => {
    const other = await signedInBrowser();
    const [mine, others] = await sessionsOf(person, browser.event().cookies);
    expect([mine?.is_current, others?.is_current]).toEqual([true, false]);

    const stranger = await somebody(state);
    const strangersBrowser = new Browser();
    await signIn(strangersBrowser.event(), { email: stranger.email, password });
    const session_id = others?.session_id ?? '';
    await act('end_session', { session_id }, strangersBrowser, stranger);
    expect(await personOf(other.request())).not.toBeNull();
    await act('end_session', { session_id });
    expect(await personOf(other.request())).toBeNull();
    expect(await personOf(browser.request())).not.toBeNull();
  });
});

describe('language and time zone', () => {
  test('are kept with the account', async () => {
    await act('preferences', { locale: 'zh-CN', time_zone: 'Asia/Shanghai' });
    expect(await personById(state, person.user_id)).toMatchObject({
      locale: 'zh-CN',
      time_zone: 'Asia/Shanghai',
    });
    expect(browser.cookie('quittance_locale')).toMatchObject({ value: 'zh-CN' });
  });

  test.each([
    { locale: 'xx', time_zone: 'UTC' },
    { locale: 'en', time_zone: 'Mars/Olympus' },
  ])('are refused when there is no such thing: $locale $time_zone', async (wanted) => {
    expect(problemOf(await act('preferences', wanted))).toMatchObject({ step: 'preferences' });
    expect(await personById(state, person.user_id)).toEqual(person);
  });

  test.each([
    ['http://127.0.0.1:4173/', false],
    ['https://pay.example.test/', true],
  ])('are kept in the browser over %s', (address, secure) => {
    keepPreference({ cookies: browser.event().cookies, url: new URL(address) }, 'theme', 'dark');
    expect(browser.cookie('theme')).toMatchObject({ value: 'dark', secure, path: '/' });
  });
});

test('somebody without a role starts on the account', () => {
  expect(homeOf({ ...person, roles: [] })).toBe('/account');
});

type Action = keyof typeof actions;

/** Does what a form of the page does; the answer, or undefined when it leads on to another page. */
async function act(
  name: Action,
  fields: Record<string, string>,
  by: Browser = browser,
  who: Person = person,
): Promise<unknown> {
  const event = by.event();
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  const request = new Request('http://127.0.0.1:4173/account', {
    method: 'POST',
    headers: { cookie: event.request.headers.get('cookie') ?? '' },
    body: form,
  });
  const given = { ...event, request, url: new URL(request.url), locals: { person: who } };
  try {
    return await actions[name]?.(given as unknown as Parameters<(typeof actions)[Action]>[0]);
  } catch (cause) {
    if (cause instanceof Object && 'location' in cause) return undefined;
    throw cause;
  }
}

function problemOf(answer: unknown): { step: string; problem: string } | undefined {
  return isActionFailure(answer)
    ? (answer.data as unknown as { step: string; problem: string })
    : undefined;
}

async function signedInBrowser(): Promise<Browser> {
  const made = new Browser();
  const result = await signIn(made.event(), { email: person.email, password });
  expect(result.outcome).toBe('signed_in');
  return made;
}

async function begin(): Promise<{ uri: string; secret: string }> {
  const { uri } = (await act('begin_second_factor', { password })) as { uri: string };
  return { uri, secret: new URL(uri).searchParams.get('secret') ?? '' };
}

/** Turns the second step on as the page does; gives the app's secret and the code it took. */
async function turnOn(): Promise<{ secret: string; code: string }> {
  const { secret } = await begin();
  const code = codeOf(secret);
  await act('confirm_second_factor', { code });
  expect(await secondFactorOf(person)).toMatchObject({ is_on: true });
  return { secret, code };
}

async function sessionCount(): Promise<number> {
  return (await state.query('select 1 from "session"')).length;
}

async function auditActions(): Promise<string[]> {
  const rows = await state.query<{ action: string }>(
    `select action from audit_log where action like 'person.second%' order by id`,
  );
  return rows.map(({ action }) => action);
}
