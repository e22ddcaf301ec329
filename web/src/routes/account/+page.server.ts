import { fail, redirect } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { cookieName, isLocale } from '#lib/paraglide/runtime.js';
import { formatTime } from '#lib/format.ts';
import { application } from '#lib/server/application.ts';
import { setPassword } from '#lib/server/auth/accounts.ts';
import { shortestPassword } from '#lib/server/auth/authentication.ts';
import { confirmPassword } from '#lib/server/auth/confirm-password.ts';
import {
  passkeysOf,
  registrationOptions,
  removePasskey,
  renamePasskey,
  savePasskey,
} from '#lib/server/auth/passkeys.ts';
import { savePreferences, type Person } from '#lib/server/auth/person.ts';
import { addressForPasskeys } from '#lib/server/auth/relying-party.ts';
import {
  beginSecondFactor,
  confirmSecondFactor,
  endSecondFactor,
  secondFactorOf,
} from '#lib/server/auth/second-factor.ts';
import { currentSessionId, endSession, sessionsOf } from '#lib/server/auth/sessions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { rememberProof } from '#lib/server/auth/proof.ts';
import { lacksFactorForChange } from '#lib/server/auth/step-up.ts';
import { keepPreference } from '#lib/server/keep-preference.ts';
import { messageText } from '#lib/server/message-text.ts';
import { pathWithin } from '#lib/server/path-within.ts';
import { isTimeZone } from '#lib/server/state/digest-subscriptions.ts';
import type { Actions, PageServerLoad } from './$types';

const longestPassword = 200;

export const load: PageServerLoad = async ({ locals, cookies, url }) => {
  const person = signedIn(locals);
  const [second_factor, sessions, passkeys, passkey_options] = await Promise.all([
    secondFactorOf(person),
    sessionsOf(person, cookies),
    passkeysOf(application().state, person.user_id),
    registrationOptions(url, person),
  ]);
  return {
    approval_limit: person.approval_limit,
    limit_currency: person.limit_currency,
    sees_all_companies: person.company_keys === null,
    chosen: { locale: person.locale, time_zone: person.time_zone },
    time_zones: [...new Set(['UTC', person.time_zone, ...Intl.supportedValuesOf('timeZone')])],
    shortest_password: shortestPassword,
    second_factor,
    sessions,
    passkeys,
    passkey_options,
    named_address: addressForPasskeys(url),
    /** The page that asked to set a second factor up. */
    back: pathWithin(url.searchParams.get('back'), url),
  };
};

export const actions: Actions = {
  preferences: async (event) => {
    const person = signedIn(event.locals);
    const form = await event.request.formData();
    const locale = form.get('locale');
    const time_zone = textOf(form, 'time_zone');
    if (!isLocale(locale)) return refused('preferences', m.people_unknown_language());
    if (!isTimeZone(time_zone)) {
      return refused('preferences', m.people_unknown_zone({ zone: time_zone.slice(0, 64) }));
    }
    await savePreferences(application().state, person, { locale, time_zone });
    keepPreference(event, cookieName, locale);
    redirect(303, '/account?done=preferences');
  },

  password: async ({ locals, request, cookies }) => {
    const person = signedIn(locals);
    const form = await request.formData();
    const wanted = textOf(form, 'new_password');
    if (wanted.length < shortestPassword || wanted.length > longestPassword) {
      return refused(
        'password',
        m.people_password_length({ shortest: shortestPassword, longest: longestPassword }),
      );
    }
    if (wanted !== textOf(form, 'repeated_password')) {
      return refused('password', m.people_password_differs());
    }
    const check = await confirmPassword(person, textOf(form, 'password'));
    if (check.outcome !== 'right') return refused('password', problemOf(check, person));
    const kept = await currentSessionId(cookies);
    await setPassword(application().state, person.user_id, wanted, person.user_id, kept);
    redirect(303, '/account?done=password');
  },

  begin_second_factor: async (event) => {
    const person = signedIn(event.locals);
    const form = await event.request.formData();
    const lacking = await lacksFactorForChange(event);
    if (lacking !== null) return lacking;
    const begun = await beginSecondFactor(event, person, textOf(form, 'password'));
    return begun.outcome === 'begun'
      ? { step: 'second_factor' as const, problem: null, uri: begun.uri, recovery_codes: null }
      : refused('second_factor', problemOf(begun, person));
  },

  confirm_second_factor: async (event) => {
    const person = signedIn(event.locals);
    const form = await event.request.formData();
    const result = await confirmSecondFactor(event, person, textOf(form, 'code'));
    if (result.outcome === 'on') {
      const { recovery_codes } = result;
      return { step: 'second_factor' as const, problem: null, uri: null, recovery_codes };
    }
    // The form brings the secret back, so that a mistyped code does not need a new one.
    const uri = textOf(form, 'uri');
    return refused(
      'second_factor',
      problemOf(result, person),
      uri.startsWith('otpauth://totp/') ? uri : null,
    );
  },

  end_second_factor: async (event) => {
    const person = signedIn(event.locals);
    const form = await event.request.formData();
    const lacking = await lacksFactorForChange(event);
    if (lacking !== null) return lacking;
    const check = await endSecondFactor(event, person, textOf(form, 'password'));
    if (check.outcome !== 'right') return refused('second_factor', problemOf(check, person));
    redirect(303, '/account?done=second_factor_off');
  },

  add_passkey: async (event) => {
    const person = signedIn(event.locals);
    const form = await event.request.formData();
    const lacking = await lacksFactorForChange(event);
    if (lacking !== null) return lacking;
    const check = await confirmPassword(person, textOf(form, 'password'));
    if (check.outcome !== 'right') return refused('passkeys', problemOf(check, person));
    const given = { name: textOf(form, 'name'), response: textOf(form, 'response') };
    const result = await savePasskey(event, person, given);
    if (result !== 'saved')
      return refused('passkeys', messageText('factor_passkey_wrong_', result));
    await rememberProof(application().state, event, 'passkey');
    redirect(303, `/account?done=passkey${backIn(event.url)}`);
  },

  rename_passkey: async ({ locals, request }) => {
    const form = await request.formData();
    const person = signedIn(locals);
    const result = await renamePasskey(person, textOf(form, 'credential_id'), textOf(form, 'name'));
    if (result === 'name') return refused('passkeys', messageText('factor_passkey_wrong_', result));
    redirect(303, '/account?done=passkey_renamed');
  },

  remove_passkey: async (event) => {
    const form = await event.request.formData();
    const lacking = await lacksFactorForChange(event);
    if (lacking !== null) return lacking;
    await removePasskey(signedIn(event.locals), textOf(form, 'credential_id'));
    redirect(303, '/account?done=passkey_removed');
  },

  end_session: async ({ locals, request }) => {
    const form = await request.formData();
    await endSession(signedIn(locals), textOf(form, 'session_id'));
    redirect(303, '/account?done=session');
  },
};

function refused(
  step: 'preferences' | 'password' | 'second_factor' | 'passkeys',
  problem: string,
  uri: string | null = null,
) {
  return fail(400, { step, problem, uri, recovery_codes: null });
}

function problemOf(
  result: { outcome: 'wrong' | 'wrong_code' } | { outcome: 'locked'; until: string },
  person: Person,
): string {
  switch (result.outcome) {
    case 'wrong':
      return m.people_password_wrong();
    case 'wrong_code':
      return m.people_code_wrong();
    case 'locked':
      return m.people_locked({ until: formatTime(result.until, person.time_zone) });
  }
}

function backIn(url: URL): string {
  const back = pathWithin(url.searchParams.get('back'), url);
  return back === null ? '' : `&back=${encodeURIComponent(back)}`;
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
