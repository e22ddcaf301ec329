import { error, fail } from '@sveltejs/kit';
import * as v from 'valibot';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { lacksFreshFactor } from '#lib/server/auth/step-up.ts';
import { decideMany, decideManyFields } from '#lib/server/decide-many.ts';
import { readCase } from '#lib/server/reads/case-page.ts';
import type { Actions, PageServerLoad } from './$types';

/** The first case of the list opens beside it. */
export const load: PageServerLoad = async ({ locals, parent }) => {
  const { queue } = await parent();
  const first = queue.groups[0]?.rows[0];
  return { opened: first ? await readCase(signedIn(locals), first.case_number) : null };
};

export const actions: Actions = {
  decide_many: async (event) => {
    const person = signedIn(event.locals);
    if (!can(person, 'cases.decide')) error(403, m.triage_problem_forbidden());
    const parsed = v.safeParse(
      decideManyFields,
      Object.fromEntries(await event.request.formData()),
    );
    if (!parsed.success) return fail(400, { problem: m.triage_problem_form(), field: null });
    if (parsed.output.action === 'release') {
      const refused = await lacksFreshFactor(event);
      if (refused !== null) return refused;
    }
    return { results: await decideMany(application().state, person, parsed.output) };
  },
};
