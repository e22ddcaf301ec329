import { fail } from '@sveltejs/kit';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can, roles, type Role } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { lacksFreshFactor } from '#lib/server/auth/step-up.ts';
import { messageText } from '#lib/server/message-text.ts';
import { companiesAll, listAccess } from '#lib/server/reads/access-list.ts';
import { accessOf, askToChangeAccess } from '#lib/server/state/access-change.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  const { state, warehouse, configuration } = application();
  const [people, companies] = await Promise.all([listAccess(state), companiesAll(warehouse)]);
  const asked = url.searchParams.get('person');
  return {
    people,
    companies,
    opened: people.find((one) => one.user_id === asked) ?? null,
    may_change: can(person, 'people.manage'),
    user_id: person.user_id,
    group_currency: configuration.group_currency,
    roles: roles.map((value) => ({ value, text: messageText('shell_role_', value) })),
  };
};

export const actions: Actions = {
  /** Asks a second person to change what somebody may do. */
  change: async (event) => {
    const refused = await lacksFreshFactor(event);
    if (refused !== null) return refused;
    const { locals, request } = event;
    const { state, configuration } = application();
    const form = await request.formData();
    const user_id = String(form.get('user_id') ?? '');
    const before = await accessOf(state, user_id);
    if (before === null) return fail(404, { problem: m.control_access_not_found() });
    const limit = String(form.get('approval_limit') ?? '').trim();
    const companies = form.getAll('company_key').map(String);
    const result = await askToChangeAccess(state, signedIn(locals), {
      user_id,
      access: {
        roles: form.getAll('role').map(String) as Role[],
        company_keys: form.get('all_companies') === 'yes' ? null : companies,
        approval_limit: limit === '' ? null : limit,
        limit_currency:
          limit === '' ? null : (before.limit_currency ?? configuration.group_currency),
        employee_keys: before.employee_keys,
        active: form.get('active') === 'yes',
      },
      reason: String(form.get('reason') ?? ''),
    });
    if (result.outcome === 'asked')
      return { done: m.control_access_asked({ who: result.who.join(', ') }) };
    const why = result.outcome === 'refused' ? result.why : result.outcome;
    return fail(400, { problem: messageText('control_access_', why) });
  },
};
