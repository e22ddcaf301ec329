import { fail, redirect } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { formatTime } from '#lib/format.ts';
import { homeOf } from '#lib/server/auth/permissions.ts';
import type { Person } from '#lib/server/auth/person.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import {
  isFresh,
  needsSecondFactor,
  proveByCode,
  proveByPasskey,
  stepUpFor,
  type ProveResult,
} from '#lib/server/auth/step-up.ts';
import { pathWithin } from '#lib/server/path-within.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async (event) => {
  const person = signedIn(event.locals);
  const back = backOf(event, person);
  return {
    back,
    /** A file is loaded and the page stays; anything else is gone to. */
    is_file: isFile(back),
    is_needed: needsSecondFactor(person),
    is_fresh: await isFresh(event),
    step_up: await stepUpFor(event.url, person),
  };
};

export const actions: Actions = {
  code: async (event) => {
    const person = signedIn(event.locals);
    const code = (await event.request.formData()).get('code');
    return answer(event, person, await proveByCode(event, person, text(code)));
  },
  passkey: async (event) => {
    const person = signedIn(event.locals);
    const response = (await event.request.formData()).get('response');
    return answer(event, person, await proveByPasskey(event, person, text(response)));
  },
};

function answer(event: RequestEvent, person: Person, result: ProveResult) {
  switch (result.outcome) {
    case 'proven': {
      const back = backOf(event, person);
      // A file would be loaded from this page by a link once it is drawn again.
      return redirect(303, isFile(back) ? event.url.pathname + kept(event.url) : back);
    }
    case 'locked':
      return fail(429, {
        problem: m.people_locked({ until: formatTime(result.until, person.time_zone) }),
      });
    case 'wrong_code':
      return fail(400, { problem: m.people_code_wrong() });
    case 'wrong_passkey':
      return fail(400, { problem: m.factor_passkey_wrong() });
  }
}

function kept(url: URL): string {
  const back = url.searchParams.get('back');
  return back === null ? '' : `?back=${encodeURIComponent(back)}`;
}

function backOf(event: RequestEvent, person: Person): string {
  return pathWithin(event.url.searchParams.get('back'), event.url) ?? homeOf(person);
}

/** Exports are the only pages whose path ends like the name of a file. */
function isFile(path: string): boolean {
  return /\.[a-z]+$/.test(path.replace(/\?.*$/, ''));
}

function text(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value : '';
}
