import { application } from '#lib/server/application.ts';
import { stopDigest } from '#lib/server/state/digest-subscriptions.ts';
import type { Actions, PageServerLoad } from './$types';

/** The link of a mail: opening it changes nothing, mail scanners open links too. */
export const load: PageServerLoad = ({ url }) => ({ token: url.searchParams.get('token') ?? '' });

export const actions: Actions = {
  default: async ({ request }) => {
    const token = (await request.formData()).get('token');
    const stopped = typeof token === 'string' && (await stopDigest(application().state, token));
    return { stopped };
  },
};
