import { fail, redirect } from '@sveltejs/kit';
import { cookieName } from '#lib/paraglide/runtime.js';
import { authenticationRequest } from '#lib/server/auth/passkeys.ts';
import { homeOf } from '#lib/server/auth/permissions.ts';
import { signInByPasskey, type PasskeySignInResult } from '#lib/server/auth/passkey-sign-in.ts';
import { confirmCode, signIn, type SignInResult } from '#lib/server/auth/sign-in.ts';
import { keepPreference } from '#lib/server/keep-preference.ts';
import { pathWithin } from '#lib/server/path-within.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  if (locals.person !== null) redirect(303, pathWithin(url.searchParams.get('back'), url) ?? '/');
  return { passkey: await authenticationRequest(url, 'sign_in', null) };
};

export const actions: Actions = {
  password: async (event) => {
    const form = await event.request.formData();
    const email = textOf(form, 'email');
    const result = await signIn(event, { email, password: textOf(form, 'password') });
    return answer(event, form, email, result);
  },
  code: async (event) => {
    const form = await event.request.formData();
    const result = await confirmCode(event, textOf(form, 'code'));
    return answer(event, form, textOf(form, 'email'), result);
  },
  passkey: async (event) => {
    const form = await event.request.formData();
    return answer(event, form, '', await signInByPasskey(event, textOf(form, 'response')));
  },
};

/** Signed in: on to the page that was asked for, else the start page of the role. Otherwise the form again, saying why. */
function answer(
  event: RequestEvent,
  form: FormData,
  email: string,
  result: SignInResult | PasskeySignInResult,
) {
  const back = textOf(form, 'back');
  switch (result.outcome) {
    case 'signed_in':
      if (event.cookies.get(cookieName) === undefined) {
        keepPreference(event, cookieName, result.person.locale);
      }
      return redirect(303, pathWithin(back, event.url) ?? homeOf(result.person));
    case 'needs_code':
      return { step: 'code' as const, email, back, problem: null, until: null };
    case 'wrong_code':
      return fail(400, {
        step: 'code' as const,
        email,
        back,
        problem: result.outcome,
        until: null,
      });
    case 'wrong':
    case 'wrong_passkey':
    case 'used_code':
      return fail(400, {
        step: 'password' as const,
        email,
        back,
        problem: result.outcome,
        until: null,
      });
    case 'locked':
      return fail(429, {
        step: 'password' as const,
        email,
        back,
        problem: result.outcome,
        until: result.until,
      });
  }
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
